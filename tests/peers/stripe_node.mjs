// Stripe's Node SDK as a client of the sandbox Stripe.
//
//   STRIPE_BASE=http://127.0.0.1:4242 NODE_MODULES=FOLDER/node/node_modules node stripe_node.mjs
//   node stripe_node.mjs sign_webhook SECRET [TIMESTAMP] < payload
//   node stripe_node.mjs verify_webhook SECRET HEADER < payload
//
// Prints one line per check and a count; fails when a check failed. `sign_webhook` prints the value
// of `Stripe-Signature`; `verify_webhook` fails when the SDK refuses the signature.

import http from 'node:http';
import path from 'node:path';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';

const folder = path.resolve(process.env.NODE_MODULES ?? 'node_modules');
const loaded = createRequire(path.join(folder, 'any.js'))('stripe');
const Stripe = loaded.default ?? loaded;
const KEY = process.env.STRIPE_KEY ?? 'sk_test_sandbox_1234567890';

let passed = 0;
let failed = 0;

function equal(name, found, expected) {
  if (isDeepStrictEqual(found, expected)) {
    passed += 1;
    console.log(`ok   ${name}`);
  } else {
    failed += 1;
    console.log(`FAIL ${name} found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

// The call must fail with exactly this type, status, code and parameter.
async function refused(name, call, expected) {
  try {
    await call();
    equal(name, 'was not refused', expected);
  } catch (error) {
    equal(name, [error.type, error.statusCode, error.code ?? null, error.param ?? null], expected);
  }
}

function client(key = KEY) {
  const base = new URL(process.env.STRIPE_BASE);
  return new Stripe(key, {
    host: base.hostname,
    port: base.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

async function pay(api, more = {}) {
  return api.paymentIntents.create({
    amount: 4900,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    expand: ['latest_charge'],
    ...more,
  });
}

async function customersAndLists(api) {
  const email = `Pages.${process.hrtime.bigint()}@example.org`;
  const made = [];
  for (let n = 0; n < 23; n += 1) {
    made.unshift((await api.customers.create({ email, metadata: { n: String(n) } })).id);
  }
  const seen = [];
  for await (const customer of api.customers.list({ email, limit: 5 })) seen.push(customer.id);
  equal('for await sees all, newest first', seen, made);
  const some = await api.customers.list({ email, limit: 5 }).autoPagingToArray({ limit: 12 });
  equal('autoPagingToArray stops', some.map((row) => row.id), made.slice(0, 12));
  const found = await api.customers.search({ query: `email:"${email}"`, limit: 10 });
  equal('search is paged', [found.data.length, found.has_more], [10, true]);
  equal('search goes on', (await api.customers.search({ query: `email:"${email}"`, limit: 10, page: found.next_page })).data.length, 10);
  equal('a customer is deleted', (await api.customers.del(made[0])).deleted, true);
  equal('and stays deleted', (await api.customers.retrieve(made[0])).deleted, true);
}

async function refunds(api) {
  const intent = await pay(api);
  const charge = intent.latest_charge.id;
  equal('a payment succeeds', [intent.status, intent.latest_charge.paid], ['succeeded', true]);
  const part = await api.refunds.create({ charge, amount: 1400, reason: 'requested_by_customer', metadata: { case: 'c1' } });
  equal('a refund in part', [part.amount, part.status, part.metadata.case], [1400, 'succeeded', 'c1']);
  const invalid = 'StripeInvalidRequestError';
  await refused('more than is left', () => api.refunds.create({ charge, amount: 4900 }), [invalid, 400, null, 'amount']);
  const rest = await api.refunds.create({ payment_intent: intent.id });
  const after = await api.charges.retrieve(charge, { expand: ['refunds'] });
  equal('a refund in full', [rest.amount, after.refunded, after.refunds.data.length], [3500, true, 2]);
  await refused('nothing is left', () => api.refunds.create({ charge }), [invalid, 400, 'charge_already_refunded', null]);
  await refused('an unknown charge', () => api.refunds.create({ charge: 'ch_nope' }), [invalid, 404, 'resource_missing', 'id']);
  await refused('an unknown parameter', () => api.refunds.create({ charge, bogus: 1 }), [invalid, 400, 'parameter_unknown', 'bogus']);
  await refused('a declined card', () => pay(api, { payment_method: 'pm_card_chargeDeclined' }), ['StripeCardError', 402, 'card_declined', null]);
  const disputed = await pay(api, { payment_method: 'pm_card_createDispute' });
  await refused('a disputed charge', () => api.refunds.create({ charge: disputed.latest_charge.id }), [invalid, 400, 'charge_disputed', null]);
  await refused('a wrong key', () => client('sk_test_wrong_0000000').charges.list(), ['StripeAuthenticationError', 401, null, null]);
  const many = (await pay(api)).latest_charge.id;
  for (let n = 0; n < 12; n += 1) await api.refunds.create({ charge: many, amount: 10 });
  let count = 0;
  for await (const refund of api.refunds.list({ charge: many, limit: 5 })) count += refund.amount;
  equal('refunds are paged', count, 120);
}

async function idempotency(api) {
  const charge = (await pay(api)).latest_charge.id;
  const idempotencyKey = `node-${process.hrtime.bigint()}`;
  const first = await api.refunds.create({ charge, amount: 100 }, { idempotencyKey });
  const second = await api.refunds.create({ charge, amount: 100 }, { idempotencyKey });
  equal('a key gives the same refund', second.id, first.id);
  equal('and says that it is a replay', second.lastResponse.headers['idempotent-replayed'], 'true');
  await refused('a key with other parameters', () => api.refunds.create({ charge, amount: 200 }, { idempotencyKey }), ['StripeIdempotencyError', 400, null, null]);
  const key = { idempotencyKey: `node-many-${process.hrtime.bigint()}` };
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => api.refunds.create({ charge, amount: 50 }, key)));
  const ids = new Set(answers.filter((one) => one.status === 'fulfilled').map((one) => one.value.id));
  equal('eight at once are one refund', ids.size, 1);
  const made = (await api.refunds.list({ charge })).data.filter((refund) => refund.amount === 50);
  equal('and it is made once', made.length, 1);
}

async function billing(api) {
  const customer = await api.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const price = await api.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'week' },
    product_data: { name: 'Weekly' },
  });
  const made = await api.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id, quantity: 3 }],
    expand: ['latest_invoice'],
  });
  equal('a subscription is paid', [made.status, made.latest_invoice.amount_paid], ['active', 2700]);
  const ending = await api.subscriptions.update(made.id, { cancel_at_period_end: true });
  equal('it ends with its period', ending.cancel_at, made.items.data[0].current_period_end);
  equal('it is canceled', (await api.subscriptions.cancel(made.id)).status, 'canceled');
  await api.invoiceItems.create({ customer: customer.id, amount: 2000, currency: 'usd', description: 'Work' });
  const draft = await api.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
  const paid = await api.invoices.pay(draft.id);
  equal('an invoice is paid', [paid.status, paid.amount_remaining], ['paid', 0]);
  const lines = await api.invoices.listLineItems(draft.id);
  equal('it has lines', lines.data.map((line) => line.description), ['Work']);
}

async function webhooks(api) {
  const arrived = [];
  let more = () => {};
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push([Buffer.concat(chunks), request.headers['stripe-signature']]);
      response.end();
      more();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = await api.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.address().port}/hook`,
    enabled_events: ['*'],
    api_version: Stripe.API_VERSION ?? '2026-10-28.endive',
  });
  const customer = await api.customers.create({ name: 'Hook' });
  while (arrived.length === 0) await new Promise((done) => { more = done; });
  const [body, header] = arrived[0];
  const event = api.webhooks.constructEvent(body, header, endpoint.secret);
  equal('the SDK accepts the signature', [event.type, event.data.object.id], ['customer.created', customer.id]);
  const refuses = (payload, given, secret) => {
    try {
      api.webhooks.constructEvent(payload, given, secret);
      return false;
    } catch (error) {
      return error.type === 'StripeSignatureVerificationError';
    }
  };
  equal('the SDK refuses a changed body', refuses(body.toString().replace('Hook', 'Hock'), header, endpoint.secret), true);
  equal('the SDK refuses another secret', refuses(body, header, 'whsec_other'), true);
  await api.webhookEndpoints.del(endpoint.id);
  server.close();
  server.closeAllConnections();
}

async function main() {
  const api = client();
  for (const part of [customersAndLists, refunds, idempotency, billing, webhooks]) await part(api);
  console.log(`stripe-node ${Stripe.PACKAGE_VERSION}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const [mode, secret, extra] = process.argv.slice(2);
if (mode === 'sign_webhook') {
  const payload = fs.readFileSync(0, 'utf8');
  const timestamp = extra === undefined ? undefined : Number(extra);
  console.log(new Stripe(KEY).webhooks.generateTestHeaderString({ payload, secret, timestamp }));
} else if (mode === 'verify_webhook') {
  try {
    new Stripe(KEY).webhooks.constructEvent(fs.readFileSync(0), extra, secret);
    console.log('accepted');
  } catch (error) {
    console.log(`refused: ${error.message}`);
    process.exitCode = 1;
  }
} else {
  await main();
}
