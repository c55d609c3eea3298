#!/usr/bin/env bash
# Stripe's command line tool as a client of the sandbox Stripe.
#
#   STRIPE_BASE=http://127.0.0.1:4242 NODE_MODULES=FOLDER/node/node_modules tests/peers/stripe_cli.sh
#
# Runs its resource commands, and its own scripts ("triggers") for refunds, subscriptions and
# invoices; after each trigger the event must be in the account. One line per check, then a count.
set -uo pipefail

: "${STRIPE_BASE:?the address of the sandbox Stripe}"
: "${NODE_MODULES:?the folder of the Node packages}"
case "$(uname -m)" in
    x86_64) build=linux-x64 ;;
    aarch64) build=linux-arm64 ;;
    *) echo "error: no build of the tool for $(uname -m)" >&2; exit 1 ;;
esac
tool="$NODE_MODULES/@stripe/cli-$build/bin/stripe"
export STRIPE_API_KEY="${STRIPE_KEY:-sk_test_sandbox_1234567890}" STRIPE_CLI_TELEMETRY_OPTOUT=1
# The tool keeps a configuration; not in the home of whoever runs this.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" XDG_CONFIG_HOME="$home"
passed=0
failed=0

run() { timeout 60 "$tool" "$@" --api-base "$STRIPE_BASE" </dev/null 2>&1; }

# check NAME TEXT PATTERN: the text must match.
check() {
    if grep -Eq -- "$3" <<<"$2"; then
        passed=$((passed + 1))
        echo "ok   $1"
    else
        failed=$((failed + 1))
        echo "FAIL $1: no $3 in: $2"
    fi
}

# The first id in an answer.
id_of() { grep -Eo '"id": "[^"]+"' <<<"$1" | head -1 | cut -d'"' -f4; }

answer=$(run customers create --email ana@example.org --name Ana -d 'metadata[user]=7')
customer=$(id_of "$answer")
check "customers create" "$answer" '"email": "ana@example.org"'
check "metadata is kept" "$answer" '"user": "7"'
check "customers retrieve" "$(run customers retrieve "$customer")" "\"id\": \"$customer\""
check "customers update" "$(run customers update "$customer" --name Anna)" '"name": "Anna"'
check "customers list" "$(run customers list --email ana@example.org --limit 1)" "\"id\": \"$customer\""

intent=$(run payment_intents create --amount 4900 --currency usd --payment-method pm_card_visa --confirm=true)
check "payment_intents create" "$intent" '"status": "succeeded"'
charge=$(grep -Eo '"latest_charge": "ch_[^"]+"' <<<"$intent" | cut -d'"' -f4)
check "charges retrieve" "$(run charges retrieve "$charge")" '"amount_refunded": 0'

key="cli-$$-$RANDOM"
part=$(run refunds create --charge "$charge" --amount 500 --reason duplicate -d 'metadata[case]=c1' -i "$key")
again=$(run refunds create --charge "$charge" --amount 500 --reason duplicate -d 'metadata[case]=c1' -i "$key")
check "refunds create, in part" "$part" '"amount": 500'
check "the key gives the same refund" "$(id_of "$again")" "^$(id_of "$part")\$"
other=$(run refunds create --charge "$charge" --amount 600 -i "$key")
check "the key with other parameters" "$other" '"type": "idempotency_error"'
shown=$(run refunds create --charge "$charge" --amount 500 -i "cli-show-$$-$RANDOM" -s)
check "replies show their headers" "$shown" '[Rr]equest-[Ii]d.*req_'
over=$(run refunds create --charge "$charge" --amount 4900)
check "more than is left" "$over" 'Refund amount \(\$49.00\) is greater than unrefunded amount on charge \(\$39.00\)'
check "refunds create, the rest" "$(run refunds create --charge "$charge")" '"amount": 3900'
check "nothing is left" "$(run refunds create --charge "$charge")" '"code": "charge_already_refunded"'
check "refunds list" "$(run refunds list --charge "$charge" --limit 2)" '"has_more": true'
check "an unknown charge" "$(run get /v1/charges/ch_nope)" '"code": "resource_missing"'
check "a wrong key" "$(STRIPE_API_KEY=sk_test_wrong_0000000 run get /v1/charges)" 'Invalid API Key provided'

product=$(id_of "$(run products create --name Pro)")
price=$(id_of "$(run prices create --product "$product" --unit-amount 1500 --currency usd -d 'recurring[interval]=month')")
payer=$(id_of "$(run customers create --payment-method pm_card_visa -d 'invoice_settings[default_payment_method]=pm_card_visa')")
made=$(run subscriptions create --customer "$payer" -d "items[0][price]=$price")
subscription=$(id_of "$made")
check "subscriptions create" "$made" '"status": "active"'
check "subscriptions update" "$(run subscriptions update "$subscription" --cancel-at-period-end=true)" '"cancel_at_period_end": true'
check "subscriptions cancel" "$(run subscriptions cancel "$subscription" --confirm)" '"status": "canceled"'
check "subscriptions list" "$(run subscriptions list --customer "$payer" --status all)" "\"id\": \"$subscription\""
check "invoices list" "$(run invoices list --customer "$payer")" '"billing_reason": "subscription_create"'

# The names are those of the tool; two of them are scripts and not events.
for event in \
    charge.captured charge.dispute.closed charge.dispute.created charge.dispute.updated charge.failed \
    charge.refund.updated charge.refunded charge.succeeded \
    coupon.created coupon.deleted coupon.updated \
    credit_note.created credit_note.updated credit_note.voided \
    customer.created customer.deleted customer.updated customer.source.created customer.source.updated \
    customer.subscription.created customer.subscription.deleted customer.subscription.paused \
    customer.subscription.trial_will_end customer.subscription.updated \
    invoice.created invoice.deleted invoice.finalized invoice.marked_uncollectible invoice.paid \
    invoice.payment_action_required invoice.payment_failed invoice.payment_succeeded invoice.sent \
    invoice.updated invoice.voided invoiceitem.created invoiceitem.deleted \
    payment_intent.amount_capturable_updated payment_intent.canceled payment_intent.created \
    payment_intent.payment_failed payment_intent.requires_action payment_intent.succeeded \
    payment_method.attached payment_method.detached \
    plan.created plan.deleted plan.updated price.created price.updated \
    product.created product.deleted product.updated \
    subscription.payment_failed:invoice.payment_failed subscription.payment_succeeded:invoice.payment_succeeded; do
    name=${event%%:*}
    seen=${event##*:}
    before=$(id_of "$(run get /v1/events -d "type=$seen" -d limit=1)")
    said=$(run trigger "$name")
    check "trigger $name" "$said" 'Trigger succeeded'
    after=$(run get /v1/events -d "type=$seen" -d limit=1)
    if [ "$(id_of "$after")" = "$before" ]; then
        after="no new event"
    fi
    check "event $seen" "$after" "\"type\": \"$seen\""
done

echo "stripe-cli $("$tool" version 2>/dev/null | head -1 | grep -Eo '[0-9.]+'): $passed passed, $failed failed"
[ "$failed" -eq 0 ]
