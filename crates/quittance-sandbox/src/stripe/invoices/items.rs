//! Invoice items: what goes on a customer's next invoice.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::events::emit;
use super::super::failure::Failure;
use super::super::kind::Kind;
use super::super::list::{List, page};
use super::super::value::{field, int, set, text};
use super::super::{currency, customers, products};
use super::NewLine;

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "amount",
        "currency",
        "customer",
        "description",
        "invoice",
        "metadata",
        "pricing",
        "quantity",
    ])?;
    let customer = params.required("customer")?.to_owned();
    customers::living(call.account, &customer, "customer")?;
    let quantity = params.positive("quantity")?.unwrap_or(1);
    let pricing = params.hash("pricing", &["price"])?;
    let (amount, code, price) = if let Some(pricing) = &pricing {
        let price =
            call.account.find_in(Kind::Price, pricing.required("price")?, "pricing[price]")?;
        (products::total(price, quantity), text(price, "currency").to_owned(), price.clone())
    } else {
        let code = currency::read(params)?;
        let amount = params.integer("amount")?.ok_or_else(|| Failure::lacking("amount"))?;
        (amount, code, Value::Null)
    };
    let invoice = params.text("invoice")?;
    if let Some(invoice) = invoice {
        let found = call.account.find_in(Kind::Invoice, invoice, "invoice")?;
        if text(found, "status") != "draft" {
            return Err(Failure::refused(
                "invoice_not_editable",
                "This invoice is no longer editable",
            ));
        }
    }
    let now = call.account.now();
    let item = json!({
        "id": call.account.new_id(Kind::InvoiceItem),
        "object": "invoiceitem",
        "amount": amount,
        "created": now,
        "currency": code,
        "customer": customer,
        "customer_account": null,
        "date": now,
        "description": params.text("description")?,
        "discountable": true,
        "discounts": [],
        "invoice": invoice,
        "livemode": call.account.options.livemode,
        "metadata": params.metadata(&Value::Null)?,
        "net_amount": amount,
        "parent": null,
        "period": {"end": now, "start": now},
        "pricing": price.is_object().then(|| json!({
            "price_details": {"price": text(&price, "id"), "product": text(&price, "product")},
            "type": "price_details",
            "unit_amount_decimal": text(&price, "unit_amount_decimal"),
        })),
        "proration": false,
        "quantity": quantity,
        "tax_rates": [],
        "test_clock": null,
    });
    let item = call.account.insert(Kind::InvoiceItem, item);
    emit(call.account, "invoiceitem.created", &item);
    Ok(item)
}

/// The lines of an invoice that takes up these items.
pub(crate) fn lines(items: &[Value]) -> Vec<NewLine> {
    let line = |item: &Value| NewLine {
        amount: int(item, "amount"),
        description: text(item, "description").to_owned(),
        quantity: int(item, "quantity"),
        period: (int(item, "created"), int(item, "created")),
        price: Value::Null,
        source: text(item, "id").to_owned(),
        subscription: None,
    };
    items.iter().map(line).collect()
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::InvoiceItem, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "customer",
        "invoice",
        "pending",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let pending = call.params.boolean("pending")?;
    let list = List {
        kind: Kind::InvoiceItem,
        url: "/v1/invoiceitems",
        filters: &["customer", "invoice"],
    };
    page(call, &list, |item| {
        pending.is_none_or(|wanted| field(item, "invoice").is_null() == wanted)
    })
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["description", "metadata"])?;
    let current = call.account.find(Kind::InvoiceItem, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let description = call.params.unsettable("description")?;
    Ok(call.account.update(Kind::InvoiceItem, &call.id, |item| {
        set(item, "metadata", metadata);
        if let Some(description) = description {
            set(item, "description", description);
        }
    }))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let item = call.account.find(Kind::InvoiceItem, &call.id)?.clone();
    if !field(&item, "invoice").is_null() {
        let message = "This invoice item is attached to an invoice and cannot be deleted.";
        return Err(Failure::refused_plain(message));
    }
    call.account.remove(Kind::InvoiceItem, &call.id);
    emit(call.account, "invoiceitem.deleted", &item);
    Ok(json!({"id": call.id, "object": "invoiceitem", "deleted": true}))
}
