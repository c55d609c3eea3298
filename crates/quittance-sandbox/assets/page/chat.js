// The Messenger.

import { byId, face, isAtEnd, make, timeOf } from "./dom.js";
import { standingOf } from "./people.js";

const HAPPENED = {
  closed: (who) => `${who} closed the conversation`,
  reopened: () => "The conversation is open again",
  snoozed: (who) => `${who} snoozed the conversation`,
  awake: () => "The conversation woke up",
  taken: (who) => `${who} took the conversation`,
  given_to_team: (who) => `${who} gave the conversation to the team`,
  given_to_teammate: (who) => `${who} gave the conversation to a teammate`,
  given_to_nobody: (who) => `${who} gave the conversation back`,
};

/** How long an answer may take before nobody is shown at work any more, in milliseconds. */
const PATIENCE_MS = 90_000;

const keyOf = (entry) => `${entry.id}/${entry.kind}`;

/**
 * Shows one conversation. What stood there already stays, so that only what is new is read out.
 * Tells whether the end is to be in sight.
 */
export function showConversation(person, conversation) {
  const box = byId("chat");
  const entries = conversation?.entries ?? [];
  const keys = entries.map(keyOf);
  const shown = [...box.querySelectorAll("[data-entry]")].map((element) => element.dataset.entry);
  const isSame = box.dataset.conversation === `${person.key}/${conversation?.id}`
    && shown.every((key, index) => key === keys[index]);
  const follows = !isSame || isAtEnd(box);
  box.querySelector(".working")?.remove();
  if (!isSame) {
    box.replaceChildren();
    box.dataset.conversation = `${person.key}/${conversation?.id}`;
  }
  const isNew = isSame && shown.length > 0;
  for (const entry of entries.slice(isSame ? shown.length : 0)) {
    const element = entryOf(person, entry);
    element.dataset.entry = keyOf(entry);
    if (isNew) element.classList.add("arrives");
    box.append(element);
  }
  if (isAnswerDue(conversation)) {
    box.append(make("p", { class: "working", "aria-hidden": "true" },
      make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")),
      "Quittance is at work"));
  }
  if (entries.length === 0 && !box.querySelector(".hint")) {
    box.append(make("p", "hint", `You write as ${person.name}. Take a suggestion below or write something of your own, in any words.`));
  }
  if (entries.length > 0) box.querySelector(".hint")?.remove();
  return follows;
}

function isAnswerDue(conversation) {
  if (!conversation || conversation.state !== "open" || conversation.is_with_person) return false;
  const last = conversation.entries.findLast((entry) => entry.kind === "message");
  return last?.by === "customer" && Math.abs(Date.now() - last.at * 1000) < PATIENCE_MS;
}

function whoOf(entry) {
  if (entry.by === "assistant") return { name: "Quittance", role: "automatic assistant" };
  if (entry.by === "teammate") return { name: entry.name ?? "Teammate", role: "teammate, a person" };
  if (entry.by === "operator") return { name: "Intercom", role: "" };
  return { name: entry.name ?? "Visitor", role: "customer" };
}

function entryOf(person, entry) {
  const who = whoOf(entry);
  const time = make("time", { datetime: new Date(entry.at * 1000).toISOString() }, timeOf(entry.at * 1000).slice(0, 5));
  if (entry.kind === "note") {
    return make("details", { class: "said note", open: true },
      make("summary", null, `Note for the team by ${who.name}, hidden from the customer`),
      make("p", "note-text", entry.text));
  }
  if (entry.kind !== "message") {
    return make("p", "happened", (HAPPENED[entry.kind] ?? ((name) => `${name}: ${entry.kind}`))(who.name));
  }
  const label = make("p", "who", make("b", null, who.name), who.role && `, ${who.role}`, " · ", time);
  const bubble = make("p", { class: "bubble", lang: person.language }, entry.text);
  if (entry.by === "customer") return make("div", "said customer", label, bubble);
  const sign = entry.by === "assistant"
    ? make("span", { class: "face small robot", "aria-hidden": "true" }, "Q")
    : face(who.name, who.name, "small");
  return make("div", `said ${entry.by}`, label, sign, bubble);
}

/** Shows which conversations there are, when there is more than one. */
export function showTabs(conversations, chosen, choose) {
  const tabs = byId("conversations");
  const isDraft = chosen === "new" && conversations.length > 0;
  const key = JSON.stringify([conversations.map((one) => [one.id, standingOf(one).words]), chosen]);
  if (tabs.dataset.shown === key) return;
  tabs.dataset.shown = key;
  const focused = [...tabs.children].indexOf(document.activeElement);
  tabs.hidden = conversations.length + (isDraft ? 1 : 0) < 2;
  const buttons = conversations.map((conversation, index) => make("button",
    {
      type: "button",
      "aria-pressed": String(conversation.id === chosen),
      on: { click: () => choose(conversation.id) },
    },
    `No. ${index + 1}, ${standingOf(conversation).words}`));
  if (isDraft) buttons.push(make("button", { type: "button", "aria-pressed": "true" }, "New"));
  tabs.replaceChildren(...buttons);
  if (focused >= 0) (tabs.children[focused] ?? byId("chat")).focus();
}

/** Says how the conversation stands and what writing would do. */
export function showStanding(conversation) {
  const line = byId("standing");
  const standing = standingOf(conversation);
  const words = {
    closed: "This conversation is closed. A message opens it again.",
    team: "A person has this conversation; Quittance stays silent.",
  }[standing?.look];
  line.hidden = !words;
  line.textContent = words ?? "";
  line.className = `standing ${standing?.look ?? ""}`;
}

/** Offers what this person might say and has not said yet here. */
export function showChips(person, conversation, send) {
  const said = new Set((conversation?.entries ?? []).map((entry) => entry.text));
  const open = person.suggested_messages.filter((text) => !said.has(text.trim()));
  const chips = byId("chips");
  // Live news must not take the place of whoever goes through them with the keyboard.
  const key = JSON.stringify([person.key, open]);
  if (chips.dataset.shown === key) return;
  chips.dataset.shown = key;
  const hadFocus = chips.contains(document.activeElement);
  chips.replaceChildren(...open.map((text) => make("button",
    { type: "button", class: "chip", lang: person.language, on: { click: () => send(text) } }, text)));
  if (hadFocus) byId("chat").focus({ preventScroll: true });
}

/** Tells the story until the conversation begins; then it can be unfolded. */
export function showStory(person, conversation) {
  const story = byId("story");
  if (story.dataset.person !== person.key || (story.dataset.begun !== "true" && conversation)) {
    story.open = !conversation;
  }
  story.dataset.person = person.key;
  story.dataset.begun = String(Boolean(conversation));
  byId("story-short").textContent = person.story;
  byId("story-text").textContent = person.story;
  const expected = byId("expected");
  expected.hidden = !person.expected;
  expected.replaceChildren(make("b", null, "What should happen: "), person.expected ?? "");
}
