//! The kinds of object the account holds.

/// A kind of object, with its id prefix and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Customer,
    PaymentMethod,
    Card,
    Charge,
    PaymentIntent,
    Refund,
    Dispute,
    EarlyFraudWarning,
    BalanceTransaction,
    Product,
    Price,
    Coupon,
    Subscription,
    SubscriptionItem,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    CreditNote,
    Event,
    WebhookEndpoint,
}

impl Kind {
    const ALL: [Self; 21] = [
        Self::Customer,
        Self::PaymentMethod,
        Self::Card,
        Self::Charge,
        Self::PaymentIntent,
        Self::Refund,
        Self::Dispute,
        Self::EarlyFraudWarning,
        Self::BalanceTransaction,
        Self::Product,
        Self::Price,
        Self::Coupon,
        Self::Subscription,
        Self::SubscriptionItem,
        Self::Invoice,
        Self::InvoiceItem,
        Self::InvoiceLine,
        Self::InvoicePayment,
        Self::CreditNote,
        Self::Event,
        Self::WebhookEndpoint,
    ];

    /// What its ids start with, before the underscore. Coupons are named by the merchant.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Customer => "cus",
            Self::PaymentMethod => "pm",
            Self::Card => "card",
            Self::Charge => "ch",
            Self::PaymentIntent => "pi",
            Self::Refund => "re",
            Self::Dispute => "du",
            Self::EarlyFraudWarning => "issfr",
            Self::BalanceTransaction => "txn",
            Self::Product => "prod",
            Self::Price => "price",
            Self::Coupon => "coupon",
            Self::Subscription => "sub",
            Self::SubscriptionItem => "si",
            Self::Invoice => "in",
            Self::InvoiceItem => "ii",
            Self::InvoiceLine => "il",
            Self::InvoicePayment => "inpay",
            Self::CreditNote => "cn",
            Self::Event => "evt",
            Self::WebhookEndpoint => "we",
        }
    }

    /// What Stripe calls it in "No such …".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::PaymentMethod => "PaymentMethod",
            Self::Card => "source",
            Self::Charge => "charge",
            Self::PaymentIntent => "payment_intent",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::EarlyFraudWarning => "early fraud warning",
            Self::BalanceTransaction => "balance transaction",
            Self::Product => "product",
            Self::Price => "price",
            Self::Coupon => "coupon",
            Self::Subscription => "subscription",
            Self::SubscriptionItem => "subscription_item",
            Self::Invoice => "invoice",
            Self::InvoiceItem => "invoiceitem",
            Self::InvoiceLine => "line_item",
            Self::InvoicePayment => "invoice_payment",
            Self::CreditNote => "credit_note",
            Self::Event => "event",
            Self::WebhookEndpoint => "webhook endpoint",
        }
    }

    /// The kind an id belongs to, by its prefix.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        let (prefix, _) = id.split_once('_')?;
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }
}
