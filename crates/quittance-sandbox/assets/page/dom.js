// Making elements. Data only ever becomes text nodes and attributes.

/** An element with a class, attributes and children; texts become text nodes. */
export function make(tag, look, ...children) {
  const element = document.createElement(tag);
  const { on = {}, ...attributes } = typeof look === "string" ? { class: look } : (look ?? {});
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return element;
}

export const byId = (id) => document.getElementById(id);

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export const timeOf = (ms) => clock.format(new Date(ms));
export const dayOf = (seconds) => calendar.format(new Date(seconds * 1000));

/** An amount that came as a decimal, with the currency's own number of digits. */
export function money(amount) {
  if (!amount) return "";
  const digits = amount.amount.split(".")[1]?.length ?? 0;
  const format = new Intl.NumberFormat("en", {
    style: "currency",
    currency: amount.currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount.amount);
}

/** A round sign with initials, always in the same color for the same key. */
export function face(name, key, size = "") {
  const letters = name.split(/\s+/).filter(Boolean);
  const initials = [letters[0], letters.length > 1 ? letters.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + letter.codePointAt(0)) % 6;
  return make("span", { class: `face ${size} hue-${sum}`, "aria-hidden": "true" }, initials.join("").toUpperCase());
}

/** Whether a scrolled box shows its end. */
export const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

export const toEnd = (box) => { box.scrollTop = box.scrollHeight; };
