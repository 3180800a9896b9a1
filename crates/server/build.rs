//! Rebuilds the crate when the page was built anew. Needs no Node: an absent page is an empty folder.
fn main() {
    let dist = std::path::Path::new("../../web/dist");
    // Cargo takes a missing path for a change and would rebuild every time.
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo:warning=cannot make {}: {error}", dist.display());
    }
    println!("cargo:rerun-if-changed=../../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
