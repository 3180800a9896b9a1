//! Documents as their readers get them: real PDFs read back, specimens kept under `target/tmp` to look at.

mod pdf;
mod specimen;
