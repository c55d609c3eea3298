// The Stripe account.

import { byId, dayOf, make, money } from "./dom.js";

const REFUND_LOOKS = { succeeded: "good", pending: "care", requires_action: "care", failed: "bad", canceled: "bad" };
const SUBSCRIPTION_LOOKS = { active: "good", trialing: "info", past_due: "bad", unpaid: "bad" };

let shown = "";
let known = new Map();

/** Shows the account; what changed since the last look glows for a moment. */
export function showAccount(account, person, findEntry) {
  const text = JSON.stringify(account);
  if (text === shown) return;
  shown = text;
  byId("customer").textContent = account.customer ? account.customer.email ?? account.customer.id : "not a Stripe customer";
  byId("payments").replaceChildren(...(account.customer ? paymentsOf(account, findEntry) : [stranger(person)]));
  byId("totals").replaceChildren(...totalsOf(account.totals));
  markChanges(account);
}

function markChanges(account) {
  const before = known;
  known = new Map([...account.charges, ...account.subscriptions].map((thing) => [thing.id, JSON.stringify(thing)]));
  if (before.get("person") === account.person) {
    for (const [id, now] of known) {
      if (before.has(id) && before.get(id) !== now) byId("payments").querySelector(`[data-id="${CSS.escape(id)}"]`)?.classList.add("changed");
    }
  }
  known.set("person", account.person);
}

function stranger(person) {
  return make("p", "empty", `${person.name} is not bound to a customer at Stripe. Whatever is written in the Messenger, Quittance shows no payments to strangers and moves no money for them.`);
}

function paymentsOf(account, findEntry) {
  const parts = [make("h3", null, account.charges.length === 1 ? "1 payment" : `${account.charges.length} payments`)];
  parts.push(...account.charges.map((charge) => chargeOf(charge, findEntry)));
  if (account.subscriptions.length > 0) {
    parts.push(make("h3", null, account.subscriptions.length === 1 ? "Subscription" : "Subscriptions"));
    parts.push(...account.subscriptions.map(subscriptionOf));
  }
  return parts;
}

function stateOf(charge) {
  if (charge.disputes.some((dispute) => !["won", "lost"].includes(dispute.status))) return ["disputed", "bad"];
  if (charge.is_refunded) return ["refunded", "info"];
  if (charge.refunded) return ["partly refunded", "info"];
  if (charge.status === "succeeded") return ["paid", "good"];
  return [charge.status, charge.status === "failed" ? "bad" : "care"];
}

function chargeOf(charge, findEntry) {
  const [state, look] = stateOf(charge);
  const card = charge.last4 && `${(charge.brand ?? "card").replace(/^./, (letter) => letter.toUpperCase())} ending ${charge.last4}`;
  return make("article", { class: "payment", "data-id": charge.id },
    make("p", "row",
      make("span", charge.is_refunded ? "amount gone" : "amount", money(charge.amount)),
      make("span", `badge ${look}`, state),
      make("span", "right", dayOf(charge.created))),
    make("p", "about", [charge.description, card].filter(Boolean).join(" · ")),
    make("p", "about mono", charge.id),
    charge.disputes.map((dispute) => make("div", "under bad",
      make("p", "row", make("span", "amount small", money(dispute.amount)), make("span", "badge bad", `dispute: ${dispute.status.replaceAll("_", " ")}`)),
      make("p", "about mono", dispute.id))),
    charge.refunds.map((refund) => refundOf(refund, findEntry)));
}

function refundOf(refund, findEntry) {
  const look = REFUND_LOOKS[refund.status] ?? "";
  const source = refund.log_seq
    ? make("button", { type: "button", class: "to-log", on: { click: () => findEntry(refund.log_seq) } }, `log entry #${refund.log_seq}`)
    : make("span", null, "made at the dashboard");
  return make("div", `under ${look}`,
    make("p", "row",
      make("span", { class: "amount small", "aria-label": `refund of ${money(refund.amount)}` }, `−${money(refund.amount)}`),
      make("span", `badge ${look}`, refund.status.replaceAll("_", " ")),
      make("span", "right", dayOf(refund.created))),
    refund.failure_reason && make("p", "about", refund.failure_reason.replaceAll("_", " ")),
    make("p", "about", source, " ", make("code", null, refund.id)));
}

function subscriptionOf(subscription) {
  const ends = subscription.period_end && `${subscription.ends_with_period ? "ends" : "renews"} ${dayOf(subscription.period_end)}`;
  return make("article", { class: "payment", "data-id": subscription.id },
    make("p", "row",
      make("span", "amount small", subscription.plan ?? subscription.id),
      make("span", `badge ${SUBSCRIPTION_LOOKS[subscription.status] ?? ""}`, subscription.status.replaceAll("_", " ")),
      make("span", "right", subscription.price && `${money(subscription.price)} / ${subscription.interval}`)),
    ends && make("p", "about", ends));
}

function totalsOf(totals) {
  const head = ["", "Paid", "Given back", "Disputed"].map((word) => make("th", { scope: "col" }, word));
  const rows = totals.map((sum) => make("tr", null,
    make("th", { scope: "row" }, sum.currency),
    make("td", null, money(sum.paid)),
    make("td", sum.refunds > 0 ? "given" : "", sum.refunds > 0 ? [money(sum.given_back), " ", make("small", null, `(${sum.refunds})`)] : "0"),
    make("td", null, String(sum.disputed))));
  return [make("table", null,
    make("caption", null, "The whole account, all customers"),
    make("thead", null, make("tr", null, head)),
    make("tbody", null, rows))];
}
