use super::strings::strings;

#[test]
fn without_data_there_are_the_texts_of_our_own() {
    let own = strings(None).unwrap();
    assert!(own.len() >= 20);
    assert!(own.iter().all(|text| !text.is_empty()));
}
