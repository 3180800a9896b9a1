//! 掩码 of personal numbers, as lists and pages show them (E32).

/// `138****0001`: first three and last four digits; anything shorter is hidden whole.
pub fn mask_mobile(number: &str) -> String {
    mask(number, 3, 4)
}

/// `450***********0010`: first three and last four characters.
pub fn mask_id_number(number: &str) -> String {
    mask(number, 3, 4)
}

fn mask(number: &str, front: usize, back: usize) -> String {
    let chars: Vec<char> = number.trim().chars().collect();
    if chars.len() <= front + back {
        return "*".repeat(chars.len());
    }
    let hidden = chars.len() - front - back;
    let shown = |part: &[char]| part.iter().collect::<String>();
    format!("{}{}{}", shown(&chars[..front]), "*".repeat(hidden), shown(&chars[chars.len() - back..]))
}
