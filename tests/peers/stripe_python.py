"""Stripe's Python SDK as a client of the sandbox Stripe.

    STRIPE_BASE=http://127.0.0.1:4242 python stripe_python.py
    python stripe_python.py sign_webhook SECRET [TIMESTAMP] < payload
    python stripe_python.py verify_webhook SECRET HEADER < payload

Prints one line per check and a count; fails when a check failed. `sign_webhook` prints the value of
`Stripe-Signature`; `verify_webhook` fails when the SDK refuses the signature.
"""

import concurrent.futures
import http.server
import os
import queue
import sys
import threading
import time

import stripe

KEY = os.environ.get("STRIPE_KEY", "sk_test_sandbox_1234567890")
READ_ONLY_KEY = os.environ.get("STRIPE_READ_ONLY_KEY", "rk_test_sandbox_readonly_1")

passed = 0
failed = 0


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
        print(f"ok   {name}")
    else:
        failed += 1
        print(f"FAIL {name} {detail}")


def equal(name, found, expected):
    check(name, found == expected, f"found {found!r}, expected {expected!r}")


def refused(name, call, kind, status, code, param=None):
    """The call must fail in exactly this way."""
    try:
        answer = call()
    except stripe.StripeError as error:
        found = (type(error), error.http_status, error.code, getattr(error, "param", None))
        equal(name, found, (kind, status, code, param))
        return error
    check(name, False, f"was not refused: {answer}")
    return None


def client(key=KEY):
    base = os.environ["STRIPE_BASE"]
    return stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)


def pay(api, amount=4900, currency="usd", **more):
    """A confirmed payment; gives the payment intent with its charge."""
    more.setdefault("payment_method", "pm_card_visa")
    return api.v1.payment_intents.create(
        {"amount": amount, "currency": currency, "confirm": True, "expand": ["latest_charge"], **more}
    )


def customers(api):
    email = f"Pages.{time.time_ns()}@example.org"
    made = [api.v1.customers.create({"email": email, "name": f"N {n}"}).id for n in range(23)]
    listed = api.v1.customers.list({"email": email, "limit": 10})
    equal("a page has the limit", (len(listed.data), listed.has_more), (10, True))
    paged = [customer.id for customer in listed.auto_paging_iter()]
    equal("auto-pagination sees all, newest first", paged, made[::-1])
    equal("the email is compared exactly", api.v1.customers.list({"email": email.lower()}).data, [])
    found = api.v1.customers.search({"query": f'email:"{email}"', "limit": 100})
    equal("search finds them", len(found.data), 23)
    one = api.v1.customers.create({"email": "ana@example.org", "metadata": {"user": "7", "gone": "x"}})
    changed = api.v1.customers.update(one.id, {"name": "Ana", "metadata": {"gone": ""}})
    equal("metadata is merged and unset", (changed.name, changed.metadata.to_dict()), ("Ana", {"user": "7"}))
    api.v1.customers.delete(one.id)
    check("a deleted customer says so", api.v1.customers.retrieve(one.id).deleted)


def payments(api):
    customer = api.v1.customers.create({"email": "pay@example.org"})
    method = api.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    intent = pay(api, customer=customer.id, payment_method=method.id, description="Pro")
    charge = intent.latest_charge
    equal("a payment succeeds", (intent.status, charge.status, charge.paid), ("succeeded", "succeeded", True))
    equal("the card is seen", charge.payment_method_details.card.brand, "mastercard")
    seen = api.v1.charges.retrieve(charge.id, {"expand": ["balance_transaction", "customer"]})
    equal("objects are expanded", (seen.balance_transaction.amount, seen.customer.id), (4900, customer.id))
    listed = api.v1.charges.list({"customer": customer.id, "expand": ["data.refunds"]})
    equal("charges are listed by customer", [row.id for row in listed.data], [charge.id])
    equal("refunds are expanded in lists", listed.data[0].refunds.data, [])
    later = api.v1.charges.list({"customer": customer.id, "created": {"gt": charge.created}})
    equal("charges are filtered by time", later.data, [])
    equal("the version is the SDK's", seen.last_response.headers["Stripe-Version"], stripe.api_version)
    check("requests are named", seen.last_response.request_id.startswith("req_"))
    refused("a declined card", lambda: pay(api, payment_method="pm_card_chargeDeclined"),
            stripe.CardError, 402, "card_declined")
    manual = pay(api, capture_method="manual")
    captured = api.v1.payment_intents.capture(manual.id, {"amount_to_capture": 3000})
    equal("a payment is captured in part", (captured.status, captured.amount_received), ("succeeded", 3000))
    waiting = pay(api, payment_method="pm_card_authenticationRequired")
    equal("a payment waits for its holder", waiting.status, "requires_action")
    canceled = api.v1.payment_intents.cancel(waiting.id)
    equal("a payment is canceled", canceled.status, "canceled")


def refunds(api):
    charge = pay(api).latest_charge.id
    part = api.v1.refunds.create(
        {"charge": charge, "amount": 1400, "reason": "duplicate", "metadata": {"case": "c1"}}
    )
    equal("a refund in part", (part.amount, part.status, part.reason, part.metadata["case"]),
          (1400, "succeeded", "duplicate", "c1"))
    seen = api.v1.charges.retrieve(charge)
    equal("the charge knows", (seen.amount_refunded, seen.refunded), (1400, False))
    error = refused("more than is left", lambda: api.v1.refunds.create({"charge": charge, "amount": 4900}),
                    stripe.InvalidRequestError, 400, None, "amount")
    equal("the message names both amounts", error and error.user_message,
          "Refund amount ($49.00) is greater than unrefunded amount on charge ($35.00)")
    rest = api.v1.refunds.create({"charge": charge})
    seen = api.v1.charges.retrieve(charge)
    equal("a refund in full", (rest.amount, seen.amount_refunded, seen.refunded), (3500, 4900, True))
    refused("nothing is left", lambda: api.v1.refunds.create({"charge": charge}),
            stripe.InvalidRequestError, 400, "charge_already_refunded")
    refused("an unknown charge", lambda: api.v1.refunds.create({"charge": "ch_nope"}),
            stripe.InvalidRequestError, 404, "resource_missing", "id")
    refused("an unknown parameter", lambda: api.v1.refunds.create({"charge": charge, "description": "x"}),
            stripe.InvalidRequestError, 400, "parameter_unknown", "description")
    refused("an amount of zero", lambda: api.v1.refunds.create({"charge": charge, "amount": 0}),
            stripe.InvalidRequestError, 400, "parameter_invalid_integer", "amount")
    refused("a reason of one's own", lambda: api.v1.refunds.create({"charge": charge, "reason": "anger"}),
            stripe.InvalidRequestError, 400, None, "reason")
    updated = api.v1.refunds.update(part.id, {"metadata": {"note": "n"}})
    equal("metadata of a refund", updated.metadata.to_dict(), {"case": "c1", "note": "n"})

    intent = pay(api, amount=980, currency="jpy")
    by_intent = api.v1.refunds.create({"payment_intent": intent.id, "amount": 1})
    equal("a refund by payment, in yen", (by_intent.charge, by_intent.amount), (intent.latest_charge.id, 1))

    many = pay(api).latest_charge.id
    made = [api.v1.refunds.create({"charge": many, "amount": 10}).id for _ in range(25)]
    listed = api.v1.refunds.list({"charge": many, "limit": 7})
    equal("refunds are paged", [refund.id for refund in listed.auto_paging_iter()], made[::-1])
    backwards = api.v1.refunds.list({"charge": many, "limit": 7, "ending_before": made[0]})
    equal("and paged backwards", [refund.id for refund in backwards.auto_paging_iter()], made[1:])


def idempotency(api):
    charge = pay(api).latest_charge.id
    ask = {"charge": charge, "amount": 100}
    key = {"idempotency_key": f"py-{time.time_ns()}"}
    first = api.v1.refunds.create(ask, key)
    second = api.v1.refunds.create(ask, key)
    equal("a key gives the same refund", second.id, first.id)
    equal("and says that it is a replay", second.last_response.headers.get("Idempotent-Replayed"), "true")
    check("the first was none", "Idempotent-Replayed" not in first.last_response.headers)
    refused("a key with other parameters", lambda: api.v1.refunds.create({**ask, "amount": 200}, key),
            stripe.IdempotencyError, 400, None)
    late = {"idempotency_key": f"py-late-{time.time_ns()}"}
    over = {"charge": charge, "amount": 999_999}
    for attempt in ("first", "replayed"):
        refused(f"a refusal is kept: {attempt}", lambda: api.v1.refunds.create(over, late),
                stripe.InvalidRequestError, 400, None, "amount")
    once = {"idempotency_key": f"py-once-{time.time_ns()}"}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(api.v1.refunds.create, {"charge": charge, "amount": 50}, once) for _ in range(8)]
    ids = {ask.result().id for ask in asked if ask.exception() is None}
    codes = {ask.exception().code for ask in asked if ask.exception() is not None}
    equal("eight at once are one refund", len(ids), 1)
    check("the others wait or replay", codes <= {"idempotency_key_in_use"}, str(codes))
    equal("and it is made once", len([r for r in api.v1.refunds.list({"charge": charge}).data if r.amount == 50]), 1)


def keys():
    refused("a wrong key", lambda: client("sk_test_wrong_0000000").v1.charges.list(),
            stripe.AuthenticationError, 401, None)
    reader = client(READ_ONLY_KEY)
    equal("a restricted key reads", reader.v1.charges.list({"limit": 1}).object, "list")
    error = refused("and does not refund", lambda: reader.v1.refunds.create({"charge": "ch_nope"}),
                    stripe.PermissionError, 403, None)
    check("and is told why", error is not None and "rak_charge_write" in error.user_message)


def disputes(api):
    disputed = pay(api, payment_method="pm_card_createDispute").latest_charge.id
    listed = api.v1.disputes.list({"charge": disputed}).data
    equal("a dispute is listed", [(row.status, row.is_charge_refundable) for row in listed],
          [("needs_response", False)])
    check("the charge is disputed", api.v1.charges.retrieve(disputed).disputed)
    refused("and not refunded", lambda: api.v1.refunds.create({"charge": disputed}),
            stripe.InvalidRequestError, 400, "charge_disputed")
    asked = pay(api, payment_method="pm_card_createDisputeInquiry").latest_charge.id
    equal("an inquiry can be refunded", api.v1.refunds.create({"charge": asked}).status, "succeeded")
    equal("which ends it", api.v1.disputes.list({"charge": asked}).data[0].status, "warning_closed")
    pending = pay(api, payment_method="pm_card_pendingRefund").latest_charge.id
    waiting = api.v1.refunds.create({"charge": pending})
    equal("a refund can be pending", (waiting.status, waiting.pending_reason), ("pending", "processing"))


def subscriptions(api):
    customer = api.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    product = api.v1.products.create({"name": "Pro"})
    price = api.v1.prices.create(
        {"product": product.id, "unit_amount": 1500, "currency": "eur", "recurring": {"interval": "month"}}
    )
    made = api.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}],
         "expand": ["latest_invoice.payments.data.payment.payment_intent"]}
    )
    item = made["items"].data[0]
    check("a subscription runs", made.status == "active" and item.current_period_end > item.current_period_start)
    payment = made.latest_invoice.payments.data[0]
    equal("its invoice is paid", (made.latest_invoice.status, payment.payment.payment_intent.status),
          ("paid", "succeeded"))
    intent = payment.payment.payment_intent.id
    found = api.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}})
    equal("the payment leads to its invoice", [row.invoice for row in found.data], [made.latest_invoice.id])
    ending = api.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    equal("it ends with its period", ending.cancel_at, item.current_period_end)
    ended = api.v1.subscriptions.cancel(made.id, {"cancellation_details": {"comment": "enough"}})
    equal("it is canceled", (ended.status, ended.cancellation_details.comment), ("canceled", "enough"))
    equal("the list hides it", api.v1.subscriptions.list({"customer": customer.id}).data, [])
    shown = api.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data
    equal("unless all are asked for", [row.id for row in shown], [made.id])
    refused("twice is not there", lambda: api.v1.subscriptions.cancel(made.id),
            stripe.InvalidRequestError, 404, "resource_missing", "id")


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what arrives."""

    arrived = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.arrived.put((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def webhooks(api):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = api.v1.webhook_endpoints.create(
        {"url": f"http://127.0.0.1:{server.server_port}/hook", "api_version": stripe.api_version,
         "enabled_events": ["refund.created", "charge.refunded"]}
    )
    charge = pay(api).latest_charge.id
    key = f"py-hook-{time.time_ns()}"
    refund = api.v1.refunds.create({"charge": charge, "amount": 700}, {"idempotency_key": key})
    body, header = Hook.arrived.get(timeout=10)
    event = stripe.Webhook.construct_event(body, header, endpoint.secret)
    equal("the SDK accepts the signature", (event.type, event.data.object.id), ("refund.created", refund.id))
    equal("the event names the key", event.request.idempotency_key, key)
    other, other_header = Hook.arrived.get(timeout=10)
    event = stripe.Webhook.construct_event(other, other_header, endpoint.secret)
    equal("and the charge follows", (event.type, event.data.object.amount_refunded), ("charge.refunded", 700))
    for name, payload, given, secret in (
        ("a changed body", body.replace(b"700", b"900"), header, endpoint.secret),
        ("another secret", body, header, endpoint.secret + "x"),
        ("another event's signature", body, other_header.split(",")[0] + ",v1=" + "0" * 64, endpoint.secret),
    ):
        try:
            stripe.Webhook.construct_event(payload, given, secret)
            check(f"the SDK refuses {name}", False)
        except stripe.SignatureVerificationError:
            check(f"the SDK refuses {name}", True)
    api.v1.webhook_endpoints.delete(endpoint.id)
    second = api.v1.webhook_endpoints.create(
        {"url": f"http://127.0.0.1:{server.server_port}/hook", "enabled_events": ["customer.created"]}
    )
    api.v1.refunds.create({"charge": charge, "amount": 1})
    api.v1.customers.create({"name": "Hook"})
    body, header = Hook.arrived.get(timeout=10)
    event = stripe.Webhook.construct_event(body, header, second.secret)
    equal("a deleted endpoint hears nothing", event.type, "customer.created")
    api.v1.webhook_endpoints.delete(second.id)
    server.shutdown()
    listed = api.v1.events.list({"types": ["refund.created"], "limit": 2})
    equal("events are listed by type", [event.type for event in listed.data], ["refund.created"] * 2)
    everything = sum(1 for _ in api.v1.events.list({"limit": 50}).auto_paging_iter())
    check("events are paged", everything > 100, str(everything))


def main():
    api = client()
    for part in (customers, payments, refunds, idempotency, disputes, subscriptions, webhooks):
        part(api)
    keys()
    print(f"stripe-python {stripe.VERSION}: {passed} passed, {failed} failed")
    return 1 if failed else 0


def sign_webhook(secret, timestamp=None):
    payload = sys.stdin.buffer.read().decode()
    at = int(timestamp) if timestamp else None
    print(stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp=at))
    return 0


def verify_webhook(secret, header):
    try:
        stripe.WebhookSignature.verify_header(sys.stdin.buffer.read(), header, secret, tolerance=300)
    except stripe.SignatureVerificationError as error:
        print(f"refused: {error}")
        return 1
    print("accepted")
    return 0


if __name__ == "__main__":
    modes = {"sign_webhook": sign_webhook, "verify_webhook": verify_webhook}
    if len(sys.argv) > 1:
        sys.exit(modes[sys.argv[1]](*sys.argv[2:]))
    sys.exit(main())
