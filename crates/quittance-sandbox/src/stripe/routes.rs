//! The table of endpoints.

use super::call::Handler;
use super::{
    charges, coupons, credit_notes, customers, disputes, events, invoices, payment_intents,
    payment_methods, products, refunds, search, subscriptions,
};

/// One endpoint.
pub(crate) struct Route {
    /// Method and path, such as `GET /v1/charges/{id}`.
    pub(crate) endpoint: &'static str,
    /// What a restricted key is asked for, without `rak_` and `_read` or `_write`.
    pub(crate) permission: &'static str,
    /// What the answer is, for expanding: an object, or `list` and an object.
    pub(crate) answer: &'static str,
    pub(crate) handler: Handler,
}

const fn route(
    endpoint: &'static str,
    permission: &'static str,
    answer: &'static str,
    handler: Handler,
) -> Route {
    Route { endpoint, permission, answer, handler }
}

const ROUTES: &[Route] = &[
    route("GET /v1/balance", "balance", "balance", search::balance),
    route(
        "GET /v1/balance_transactions/{id}",
        "balance",
        "balance_transaction",
        search::balance_transaction,
    ),
    route("GET /v1/charges", "charge", "list charge", charges::index),
    route("POST /v1/charges", "charge", "charge", charges::create),
    route("GET /v1/charges/search", "charge", "list charge", search::charges),
    route("GET /v1/charges/{id}", "charge", "charge", charges::get),
    route("POST /v1/charges/{id}", "charge", "charge", charges::update),
    route("POST /v1/charges/{id}/capture", "charge", "charge", charges::capture),
    route("GET /v1/charges/{id}/refunds", "charge", "list refund", refunds::of_charge),
    route("GET /v1/coupons", "coupon", "list coupon", coupons::index),
    route("POST /v1/coupons", "coupon", "coupon", coupons::create),
    route("GET /v1/coupons/{id}", "coupon", "coupon", coupons::get),
    route("POST /v1/coupons/{id}", "coupon", "coupon", coupons::update),
    route("DELETE /v1/coupons/{id}", "coupon", "coupon", coupons::delete),
    route("GET /v1/credit_notes", "credit_note", "list credit_note", credit_notes::index),
    route("POST /v1/credit_notes", "credit_note", "credit_note", credit_notes::create),
    route("GET /v1/credit_notes/{id}", "credit_note", "credit_note", credit_notes::get),
    route("POST /v1/credit_notes/{id}", "credit_note", "credit_note", credit_notes::update),
    route("POST /v1/credit_notes/{id}/void", "credit_note", "credit_note", credit_notes::void),
    route("GET /v1/customers", "customer", "list customer", customers::index),
    route("POST /v1/customers", "customer", "customer", customers::create),
    route("GET /v1/customers/search", "customer", "list customer", search::customers),
    route("GET /v1/customers/{id}", "customer", "customer", customers::get),
    route("POST /v1/customers/{id}", "customer", "customer", customers::update),
    route("DELETE /v1/customers/{id}", "customer", "customer", customers::delete),
    route(
        "GET /v1/customers/{id}/payment_methods",
        "payment_method",
        "list payment_method",
        payment_methods::of_customer,
    ),
    route("POST /v1/customers/{id}/sources", "source", "card", payment_methods::create_source),
    route(
        "POST /v1/customers/{id}/sources/{inner}",
        "source",
        "card",
        payment_methods::update_source,
    ),
    route("GET /v1/disputes", "dispute", "list dispute", disputes::index),
    route("GET /v1/disputes/{id}", "dispute", "dispute", disputes::get),
    route("POST /v1/disputes/{id}", "dispute", "dispute", disputes::update),
    route("POST /v1/disputes/{id}/close", "dispute", "dispute", disputes::close),
    route("GET /v1/events", "event", "list event", events::index),
    route("GET /v1/events/{id}", "event", "event", events::get),
    route(
        "GET /v1/invoice_payments",
        "invoice",
        "list invoice_payment",
        invoices::api::list_payments,
    ),
    route(
        "GET /v1/invoice_payments/{id}",
        "invoice",
        "invoice_payment",
        invoices::api::get_payment,
    ),
    route("GET /v1/invoiceitems", "invoice", "list invoiceitem", invoices::items::index),
    route("POST /v1/invoiceitems", "invoice", "invoiceitem", invoices::items::create),
    route("GET /v1/invoiceitems/{id}", "invoice", "invoiceitem", invoices::items::get),
    route("POST /v1/invoiceitems/{id}", "invoice", "invoiceitem", invoices::items::update),
    route("DELETE /v1/invoiceitems/{id}", "invoice", "invoiceitem", invoices::items::delete),
    route("GET /v1/invoices", "invoice", "list invoice", invoices::api::index),
    route("POST /v1/invoices", "invoice", "invoice", invoices::api::create),
    route("GET /v1/invoices/{id}", "invoice", "invoice", invoices::api::get),
    route("POST /v1/invoices/{id}", "invoice", "invoice", invoices::api::update),
    route("DELETE /v1/invoices/{id}", "invoice", "invoice", invoices::api::delete),
    route("POST /v1/invoices/{id}/finalize", "invoice", "invoice", invoices::api::finalize),
    route("GET /v1/invoices/{id}/lines", "invoice", "list line_item", invoices::api::lines),
    route(
        "POST /v1/invoices/{id}/mark_uncollectible",
        "invoice",
        "invoice",
        invoices::api::mark_uncollectible,
    ),
    route("POST /v1/invoices/{id}/pay", "invoice", "invoice", invoices::api::pay),
    route("POST /v1/invoices/{id}/send", "invoice", "invoice", invoices::api::send),
    route("POST /v1/invoices/{id}/void", "invoice", "invoice", invoices::api::void),
    route(
        "GET /v1/payment_intents",
        "payment_intent",
        "list payment_intent",
        payment_intents::index,
    ),
    route("POST /v1/payment_intents", "payment_intent", "payment_intent", payment_intents::create),
    route("GET /v1/payment_intents/{id}", "payment_intent", "payment_intent", payment_intents::get),
    route(
        "POST /v1/payment_intents/{id}",
        "payment_intent",
        "payment_intent",
        payment_intents::update,
    ),
    route(
        "POST /v1/payment_intents/{id}/cancel",
        "payment_intent",
        "payment_intent",
        payment_intents::cancel,
    ),
    route(
        "POST /v1/payment_intents/{id}/capture",
        "payment_intent",
        "payment_intent",
        payment_intents::capture,
    ),
    route(
        "POST /v1/payment_intents/{id}/confirm",
        "payment_intent",
        "payment_intent",
        payment_intents::confirm,
    ),
    route(
        "GET /v1/payment_methods",
        "payment_method",
        "list payment_method",
        payment_methods::index,
    ),
    route("POST /v1/payment_methods", "payment_method", "payment_method", payment_methods::create),
    route("GET /v1/payment_methods/{id}", "payment_method", "payment_method", payment_methods::get),
    route(
        "POST /v1/payment_methods/{id}",
        "payment_method",
        "payment_method",
        payment_methods::update,
    ),
    route(
        "POST /v1/payment_methods/{id}/attach",
        "payment_method",
        "payment_method",
        payment_methods::attach,
    ),
    route(
        "POST /v1/payment_methods/{id}/detach",
        "payment_method",
        "payment_method",
        payment_methods::detach,
    ),
    route("POST /v1/plans", "plan", "plan", products::create_plan),
    route("POST /v1/plans/{id}", "plan", "plan", products::update_plan),
    route("DELETE /v1/plans/{id}", "plan", "plan", products::delete_plan),
    route("GET /v1/prices", "plan", "list price", products::list_prices),
    route("POST /v1/prices", "plan", "price", products::create_price),
    route("GET /v1/prices/{id}", "plan", "price", products::get_price),
    route("POST /v1/prices/{id}", "plan", "price", products::update_price),
    route("GET /v1/products", "product", "list product", products::list_products),
    route("POST /v1/products", "product", "product", products::create_product),
    route("GET /v1/products/{id}", "product", "product", products::get_product),
    route("POST /v1/products/{id}", "product", "product", products::update_product),
    route("DELETE /v1/products/{id}", "product", "product", products::delete_product),
    route(
        "GET /v1/radar/early_fraud_warnings",
        "radar",
        "list radar.early_fraud_warning",
        disputes::list_warnings,
    ),
    // The dashboard shows charges and refunds as one row; so does the permission.
    route("GET /v1/refunds", "charge", "list refund", refunds::index),
    route("POST /v1/refunds", "charge", "refund", refunds::create),
    route("GET /v1/refunds/{id}", "charge", "refund", refunds::get),
    route("POST /v1/refunds/{id}", "charge", "refund", refunds::update),
    route("POST /v1/refunds/{id}/cancel", "charge", "refund", refunds::cancel),
    route(
        "GET /v1/subscription_items",
        "subscription",
        "list subscription_item",
        subscriptions::api::list_items,
    ),
    route(
        "GET /v1/subscription_items/{id}",
        "subscription",
        "subscription_item",
        subscriptions::api::get_item,
    ),
    route("GET /v1/subscriptions", "subscription", "list subscription", subscriptions::api::index),
    route("POST /v1/subscriptions", "subscription", "subscription", subscriptions::api::create),
    route("GET /v1/subscriptions/{id}", "subscription", "subscription", subscriptions::api::get),
    route(
        "POST /v1/subscriptions/{id}",
        "subscription",
        "subscription",
        subscriptions::api::update,
    ),
    route(
        "DELETE /v1/subscriptions/{id}",
        "subscription",
        "subscription",
        subscriptions::api::cancel,
    ),
    route("GET /v1/webhook_endpoints", "webhook", "list webhook_endpoint", events::list_endpoints),
    route("POST /v1/webhook_endpoints", "webhook", "webhook_endpoint", events::create_endpoint),
    route("GET /v1/webhook_endpoints/{id}", "webhook", "webhook_endpoint", events::get_endpoint),
    route(
        "POST /v1/webhook_endpoints/{id}",
        "webhook",
        "webhook_endpoint",
        events::update_endpoint,
    ),
    route(
        "DELETE /v1/webhook_endpoints/{id}",
        "webhook",
        "webhook_endpoint",
        events::delete_endpoint,
    ),
];

/// A route and the ids in the path.
pub(crate) struct Found {
    pub(crate) route: &'static Route,
    pub(crate) id: String,
    pub(crate) inner_id: String,
}

/// The route of a request. Literal segments win over ids because they stand first in the table.
pub(crate) fn find(method: &str, path: &str) -> Option<Found> {
    ROUTES.iter().find_map(|route| {
        let pattern = route.endpoint.strip_prefix(method)?.strip_prefix(' ')?;
        // Almost every route differs before its first id.
        if !path.starts_with(pattern.split('{').next()?) {
            return None;
        }
        let mut found = Found { route, id: String::new(), inner_id: String::new() };
        let mut segments = path.split('/');
        for wanted in pattern.split('/') {
            let segment = segments.next()?;
            match wanted {
                "{id}" if !segment.is_empty() => found.id = percent_decoded(segment),
                "{inner}" if !segment.is_empty() => found.inner_id = percent_decoded(segment),
                literal if literal == segment => {}
                _ => return None,
            }
        }
        segments.next().is_none().then_some(found)
    })
}

/// Ids are plain; only merchants' own coupon names may be encoded.
fn percent_decoded(segment: &str) -> String {
    let as_form = format!("id={}", segment.replace('+', "%2B"));
    let decoded = form_urlencoded::parse(as_form.as_bytes()).next();
    decoded.map_or_else(String::new, |(_, id)| id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(method: &str, path: &str) -> Option<&'static str> {
        find(method, path).map(|found| found.route.endpoint)
    }

    #[test]
    fn literal_segments_win_over_ids() {
        assert_eq!(endpoint("GET", "/v1/customers/search"), Some("GET /v1/customers/search"));
        assert_eq!(endpoint("GET", "/v1/customers/cus_1"), Some("GET /v1/customers/{id}"));
        assert_eq!(endpoint("DELETE", "/v1/charges/ch_1"), None);
        assert_eq!(endpoint("GET", "/v1/customers/"), None);
        assert_eq!(endpoint("GET", "/v1/customers/a/b/c"), None);
    }

    #[test]
    fn ids_are_decoded() {
        let found = find("GET", "/v1/coupons/a%20b").unwrap();
        assert_eq!(found.id, "a b");
    }
}
