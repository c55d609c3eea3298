// What Quittance does, as it does it.

import { byId, isAtEnd, make, timeOf, toEnd } from "./dom.js";

/** What a refund goes through, in this order. */
const STAGES = ["facts", "proposal", "ruling", "verdict", "intent", "outcome", "reply"];
const MEANINGS = {
  facts: "what Stripe and Intercom say",
  proposal: "what the model would like to do",
  ruling: "what the policy says",
  verdict: "what the guard says",
  intent: "written down before it is done",
  outcome: "what Stripe answered",
  reply: "what the customer is told",
};
const WORDS = {
  event: "Event",
  facts: "Facts",
  model: "Model",
  tool: "Tool",
  proposal: "Proposal",
  ruling: "Ruling",
  verdict: "Verdict",
  intent: "Intent",
  mark: "Mark",
  refund: "Refund",
  outcome: "Outcome",
  reply: "Reply",
  note: "Note",
  assign: "Assigned",
  close: "Closed",
  person: "Person",
  handling: "Handling",
  policy: "Policy",
};
/** How many lines are remembered; the oldest go first. */
const MOST_LINES = 2_000;

let lines = [];
let shownFor = null;

export function forgetLines() {
  lines = [];
  shownFor = null;
}

/** Remembers a line; tells whether older ones had to go. */
export function addLine(line) {
  lines.push(line);
  if (lines.length > MOST_LINES) {
    lines = lines.slice(-MOST_LINES / 2);
    shownFor = null;
  }
}

/** Shows the lines of one conversation, or of everybody, and how far the one has come. */
export function showFeed(conversation, isForAll, nameOf) {
  const box = byId("feed-box");
  const list = byId("feed");
  const wanted = lines.filter((line) => isForAll || !line.conversation || line.conversation === conversation);
  const key = isForAll ? "everybody" : conversation;
  const isSame = shownFor === key;
  const follows = !isSame || isAtEnd(box);
  if (!isSame) list.replaceChildren();
  shownFor = key;
  for (let index = list.childElementCount; index < wanted.length; index += 1) {
    const line = wanted[index];
    const isOther = isForAll && line.conversation !== wanted[index - 1]?.conversation;
    const element = lineOf(line, isOther ? nameOf(line.conversation) : null);
    if (isSame) element.classList.add("arrives");
    list.append(element);
  }
  // The policy's entry stands here from the start and is about nobody.
  byId("feed-empty").hidden = wanted.some((line) => line.conversation);
  showStages(lines.filter((line) => line.conversation === conversation));
  if (follows) toEnd(box);
}

/** Scrolls to a log entry and opens it. */
export function findEntry(seq) {
  const found = byId("feed").querySelector(`[data-seq="${CSS.escape(seq)}"]`);
  if (!found) return false;
  const entry = found.querySelector("details");
  if (entry) entry.open = true;
  found.scrollIntoView({ block: "center" });
  found.classList.remove("arrives");
  found.classList.add("found");
  entry?.querySelector("summary")?.focus({ preventScroll: true });
  return true;
}

const answerOf = (line) => {
  if (line.step !== "verdict") return "";
  const said = line.detail?.verdict ?? line.detail?.answer ?? line.text;
  return /^(allow|ask|refuse)/i.exec(typeof said === "string" ? said : line.text)?.[0].toLowerCase() ?? "";
};

function showStages(wanted) {
  const reached = new Map();
  for (const line of wanted) {
    if (line.step === "event" || line.step === "facts") reached.clear();
    const stage = line.step === "refund" ? "outcome" : line.step;
    if (STAGES.includes(stage)) reached.set(stage, answerOf(line));
  }
  byId("stages").replaceChildren(...STAGES.map((stage) => {
    const isDone = reached.has(stage);
    return make("li", { class: isDone ? `done ${reached.get(stage)}` : "", title: MEANINGS[stage] },
      WORDS[stage],
      make("span", "hidden", isDone ? `: reached ${reached.get(stage)}` : ": not reached"));
  }));
}

function lineOf(line, name) {
  const isLogged = line.seq != null;
  const answer = answerOf(line);
  const isStrong = !isLogged && ["verdict", "refund", "person"].includes(line.step);
  const look = [
    "line",
    `step-${line.step.replace(/[^a-z]/g, "")}`,
    answer,
    isLogged && "logged",
    isStrong && "strong",
    line.step === "event" && "turn",
  ];
  const step = make("span", "step", WORDS[line.step] ?? line.step);
  const of = name && make("span", "of", name);
  const what = isLogged ? entryOf(line, step, of) : make("div", "what", of, step, make("span", null, line.text));
  return make("li", { class: look.filter(Boolean).join(" "), "data-seq": line.seq },
    make("time", { datetime: new Date(line.at_ms).toISOString() }, timeOf(line.at_ms)),
    make("span", { class: "mark", "aria-hidden": "true" }),
    what);
}

/** An entry of the log: its number, the beginning of its hash, and folded what it says. */
function entryOf(line, step, of) {
  const seal = make("span", { class: "seal", title: `log entry ${line.seq}` }, `#${line.seq} ${(line.hash ?? "").slice(0, 8)}`);
  const entry = make("details", "entry",
    make("summary", null, make("span", "words", of, step, line.text), seal));
  // Written when somebody looks: most entries are never opened.
  entry.addEventListener("toggle", () => {
    if (entry.childElementCount > 1) return;
    entry.append(
      make("pre", null, ...colored(line.detail ?? null)),
      make("p", "full-hash", `SHA-256 ${line.hash ?? "unknown"}`));
  });
  return make("div", "what", entry);
}

/** Indented JSON in pieces of text and colored text. */
function colored(value) {
  const text = JSON.stringify(value, null, 2) ?? "null";
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d[\d.eE+-]*/g)) {
    const look = found[2] ? "json-name" : found[1] ? "json-text" : "json-other";
    pieces.push(text.slice(end, found.index), make("span", look, found[1] ?? found[0]));
    end = found.index + (found[1] ?? found[0]).length;
  }
  return [...pieces, text.slice(end)];
}
