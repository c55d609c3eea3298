use super::*;

#[tokio::test]
async fn no_digit_of_a_card_is_left_and_other_numbers_stay() {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = CardsOptions { messages: 4_000, others: 8_000, through: 1, seed: 7 };
    let report = cards(options).await.unwrap();
    assert!(ALL.len() >= 40);
    assert!(report.is_kept(), "{report}");
}
