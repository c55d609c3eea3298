"""The same refund script on two stand-ins for Stripe that do not know each other.

    STRIPE_BASE=http://127.0.0.1:4242 OTHER_BASE=http://127.0.0.1:8000 python differential.py

For every step both must give the same status, error type, code and parameter, and the same amounts.
Prints the table; fails when a row differs.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

KEY = os.environ.get("STRIPE_KEY", "sk_test_sandbox_1234567890")
COMPARED = ("status", "amount", "amount_refunded", "refunded", "paid", "captured", "currency", "reason",
            "disputed", "deleted")


class Server:
    """One stand-in, and the ids that it gave to the names of the script."""

    def __init__(self, base):
        self.base = base
        self.ids = {}

    def call(self, method, path, params, key=None, is_anonymous=False):
        path, params = self.fill(path), {name: self.fill(value) for name, value in params.items()}
        form = urllib.parse.urlencode(params)
        query = f"?{form}" if form and method != "POST" else ""
        body = form.encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path + query, data=body, method=method)
        if not is_anonymous:
            request.add_header("Authorization", f"Bearer {KEY}")
        if key:
            request.add_header("Idempotency-Key", key)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), error.headers

    def fill(self, text):
        for name, value in self.ids.items():
            text = text.replace("{" + name + "}", value)
        return text

    def outcome(self, step):
        name, method, path, params, options = step
        status, body, headers = self.call(method, path, params, options.get("key"), options.get("anonymous"))
        if "save" in options and "id" in body:
            self.ids[options["save"]] = body["id"]
        error = body.get("error", {})
        replayed = headers.get("Idempotent-Replayed") == "true"
        facts = tuple((field, body[field]) for field in COMPARED if field in body)
        if body.get("object") == "list":
            # The other one lists the oldest first, so the order is not compared.
            facts = (len(body["data"]), body["has_more"])
        if "same_as" in options:
            facts += (body.get("id") == self.ids[options["same_as"]],)
        return (status, error.get("type"), error.get("code"), error.get("param"), replayed), facts


def step(name, method, path, params=None, **options):
    return name, method, path, params or {}, options


def script():
    run = str(time.time_ns())
    visa = {"amount": "4900", "currency": "usd", "source": "tok_visa"}
    refunds = "/v1/refunds"
    return [
        step("no key", "GET", "/v1/charges", anonymous=True),
        step("a charge", "POST", "/v1/charges", visa, save="ch"),
        step("its state", "GET", "/v1/charges/{ch}"),
        step("an amount of zero", "POST", refunds, {"charge": "{ch}", "amount": "0"}),
        step("a negative amount", "POST", refunds, {"charge": "{ch}", "amount": "-5"}),
        step("a huge amount", "POST", refunds, {"charge": "{ch}", "amount": "100000000"}),
        step("too much at once", "POST", refunds, {"charge": "{ch}", "amount": "4901"}),
        step("a part", "POST", refunds, {"charge": "{ch}", "amount": "1400", "reason": "duplicate"}, save="re"),
        step("the refund", "GET", "/v1/refunds/{re}", same_as="re"),
        step("the charge afterwards", "GET", "/v1/charges/{ch}"),
        step("more than is left", "POST", refunds, {"charge": "{ch}", "amount": "4900"}),
        step("one cent more than is left", "POST", refunds, {"charge": "{ch}", "amount": "3501"}),
        step("another part", "POST", refunds, {"charge": "{ch}", "amount": "500"}),
        step("the list of refunds", "GET", refunds, {"charge": "{ch}"}),
        step("a page of it", "GET", refunds, {"charge": "{ch}", "limit": "1"}),
        step("the rest", "POST", refunds, {"charge": "{ch}"}),
        step("the charge in the end", "GET", "/v1/charges/{ch}"),
        step("nothing is left", "POST", refunds, {"charge": "{ch}"}),
        step("nothing is left, with an amount", "POST", refunds, {"charge": "{ch}", "amount": "1"}),
        step("an unknown charge", "POST", refunds, {"charge": "ch_nope", "amount": "1"}),
        step("an unknown charge, read", "GET", "/v1/charges/ch_nope"),
        step("an unknown refund", "GET", "/v1/refunds/re_nope"),
        step("another charge", "POST", "/v1/charges", visa, save="ch2"),
        step("a refund with a key", "POST", refunds, {"charge": "{ch2}", "amount": "100"}, key=f"a{run}", save="k"),
        step("the same again", "POST", refunds, {"charge": "{ch2}", "amount": "100"}, key=f"a{run}", same_as="k"),
        step("the key with another amount", "POST", refunds, {"charge": "{ch2}", "amount": "200"}, key=f"a{run}"),
        step("a refusal with a key", "POST", refunds, {"charge": "{ch2}", "amount": "4900"}, key=f"b{run}"),
        step("the refusal again", "POST", refunds, {"charge": "{ch2}", "amount": "4900"}, key=f"b{run}"),
        step("refunded once", "GET", "/v1/charges/{ch2}"),
        step("a disputed charge", "POST", "/v1/charges", {**visa, "source": "tok_createDispute"}, save="d"),
        step("cannot be refunded", "POST", refunds, {"charge": "{d}"}),
        step("an inquiry", "POST", "/v1/charges", {**visa, "source": "tok_createDisputeInquiry"}, save="i"),
        step("can be refunded", "POST", refunds, {"charge": "{i}"}),
        step("only authorized", "POST", "/v1/charges", {**visa, "capture": "false"}, save="u"),
        step("not refunded in part", "POST", refunds, {"charge": "{u}", "amount": "100"}),
        step("but released", "POST", refunds, {"charge": "{u}"}),
        step("yen", "POST", "/v1/charges", {**visa, "currency": "jpy", "amount": "980"}, save="y"),
        step("more yen than paid", "POST", refunds, {"charge": "{y}", "amount": "981"}),
        step("one yen", "POST", refunds, {"charge": "{y}", "amount": "1"}),
        step("a declined card", "POST", "/v1/charges", {**visa, "source": "tok_chargeDeclined"}),
        step("without funds", "POST", "/v1/charges", {**visa, "source": "tok_chargeDeclinedInsufficientFunds"}),
        step("an expired card", "POST", "/v1/charges", {**visa, "source": "tok_chargeDeclinedExpiredCard"}),
        step("too small a charge", "POST", "/v1/charges", {**visa, "amount": "49"}),
        step("a charge without currency", "POST", "/v1/charges", {"amount": "100", "source": "tok_visa"}),
        step("in no currency", "POST", "/v1/charges", {**visa, "currency": "xxx"}),
        step("without a source", "POST", "/v1/charges", {"amount": "100", "currency": "usd"}),
        step("a customer", "POST", "/v1/customers", {"email": "a@example.org"}, save="c"),
        step("who has no card", "POST", "/v1/charges", {"amount": "100", "currency": "usd", "customer": "{c}"}),
        step("an unknown customer", "GET", "/v1/customers/cus_nope"),
    ]


def main():
    ours, other = Server(os.environ["STRIPE_BASE"]), Server(os.environ["OTHER_BASE"])
    differing = 0
    steps = script()
    print(f"{'':4} {'step':34} {'status':6} {'type':24} {'code':28} {'param':16} replayed")
    for one in steps:
        mine, theirs = ours.outcome(one), other.outcome(one)
        status, kind, code, param, replayed = mine[0]
        mark = "ok" if mine == theirs else "DIFF"
        print(f"{mark:4} {one[0]:34} {status:<6} {kind or '-':24} {code or '-':28} {param or '-':16} "
              f"{'yes' if replayed else '-'}")
        if mine != theirs:
            differing += 1
            print(f"     ours   {mine}\n     theirs {theirs}")
    print(f"differential: {len(steps) - differing} equal, {differing} different")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
