//! Stripe's test cards: <https://docs.stripe.com/testing>.

use serde_json::{Value, json};

/// What a card does when it is charged or refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Everything works.
    Plain,
    /// The charge fails with this code and decline code.
    Declined(&'static str, &'static str),
    /// The holder has to authenticate first.
    Authenticates,
    /// The charge works and is disputed at once, for this reason.
    Disputed(&'static str),
    /// The charge works and an inquiry opens at once.
    Inquired,
    /// The charge works and the network warns of fraud.
    Warned,
    /// A refund is pending at first and succeeds later.
    RefundPending,
    /// A refund succeeds at first and fails later.
    RefundFails,
}

/// A card that can be named by a test token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestCard {
    pub(crate) brand: &'static str,
    pub(crate) last4: &'static str,
    pub(crate) behavior: Behavior,
}

const CARDS: &[(&str, TestCard)] = &[
    ("visa", card("visa", "4242", Behavior::Plain)),
    ("visa_debit", card("visa", "5556", Behavior::Plain)),
    ("mastercard", card("mastercard", "4444", Behavior::Plain)),
    ("amex", card("amex", "8431", Behavior::Plain)),
    ("discover", card("discover", "1117", Behavior::Plain)),
    ("bypassPending", card("visa", "0077", Behavior::Plain)),
    ("createDispute", card("visa", "0259", Behavior::Disputed("fraudulent"))),
    (
        "createDisputeProductNotReceived",
        card("visa", "2685", Behavior::Disputed("product_not_received")),
    ),
    ("createDisputeInquiry", card("visa", "1976", Behavior::Inquired)),
    ("createIssuerFraudWarning", card("visa", "5423", Behavior::Warned)),
    ("pendingRefund", card("visa", "7726", Behavior::RefundPending)),
    ("refundFail", card("visa", "5126", Behavior::RefundFails)),
    ("authenticationRequired", card("visa", "3155", Behavior::Authenticates)),
    ("threeDSecure2Required", card("visa", "3220", Behavior::Authenticates)),
    ("chargeDeclined", card("visa", "0002", DECLINED)),
    ("visa_chargeDeclined", card("visa", "0002", DECLINED)),
    ("chargeCustomerFail", card("visa", "0341", DECLINED)),
    (
        "chargeDeclinedInsufficientFunds",
        card("visa", "9995", Behavior::Declined("card_declined", "insufficient_funds")),
    ),
    (
        "visa_chargeDeclinedInsufficientFunds",
        card("visa", "9995", Behavior::Declined("card_declined", "insufficient_funds")),
    ),
    (
        "chargeDeclinedExpiredCard",
        card("visa", "0069", Behavior::Declined("expired_card", "expired_card")),
    ),
    (
        "chargeDeclinedProcessingError",
        card("visa", "0119", Behavior::Declined("processing_error", "processing_error")),
    ),
];

const DECLINED: Behavior = Behavior::Declined("card_declined", "generic_decline");

const fn card(brand: &'static str, last4: &'static str, behavior: Behavior) -> TestCard {
    TestCard { brand, last4, behavior }
}

/// The card behind `pm_card_visa` or `tok_visa`.
pub(crate) fn by_token(token: &str) -> Option<TestCard> {
    let name = token.strip_prefix("pm_card_").or_else(|| token.strip_prefix("tok_"))?;
    CARDS.iter().find(|(known, _)| *known == name).map(|(_, card)| *card)
}

/// The `card` member of a payment method.
pub(crate) fn of_payment_method(brand: &str, last4: &str, fingerprint: &str) -> Value {
    json!({
        "brand": brand,
        "checks": {
            "address_line1_check": null,
            "address_postal_code_check": null,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": fingerprint,
        "funding": "credit",
        "generated_from": null,
        "last4": last4,
        "networks": {"available": [brand], "preferred": null},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": true},
        "wallet": null,
    })
}

/// The `payment_method_details` of a charge on this card.
pub(crate) fn of_charge(brand: &str, last4: &str, fingerprint: &str, amount: i64) -> Value {
    json!({
        "card": {
            "amount_authorized": amount,
            "authorization_code": "123456",
            "brand": brand,
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "pass",
            },
            "country": "US",
            "electronic_commerce_indicator": null,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": fingerprint,
            "funding": "credit",
            "installments": null,
            "last4": last4,
            "mandate": null,
            "network": brand,
            "network_transaction_id": null,
            "regulated_status": "unregulated",
            "three_d_secure": null,
            "transaction_link_id": null,
            "wallet": null,
        },
        "type": "card",
    })
}
