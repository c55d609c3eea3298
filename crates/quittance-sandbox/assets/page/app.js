// Asks for what is new and hands it to the panes.

import { showAccount } from "./account.js";
import { showChips, showConversation, showStanding, showStory, showTabs } from "./chat.js";
import { byId, toEnd } from "./dom.js";
import { addLine, findEntry, forgetLines, showFeed } from "./feed.js";
import { showPeople } from "./people.js";

/** How long to wait after the server refused to tell what is new, in milliseconds. */
const RETRY_MS = 3_000;

const state = {
  people: [],
  /** The key of the person who is played. */
  selected: new URLSearchParams(location.search).get("person"),
  /** The id of the conversation that is shown, `new`, or nothing for the newest. */
  conversation: null,
  chat: null,
  isForAll: false,
  isSending: false,
  /** What was looked at, by the conversation's id. */
  seen: new Map(),
};

const person = () => state.people.find((known) => known.key === state.selected);

function conversations() {
  return state.chat?.person === state.selected ? state.chat.conversations : [];
}

function conversation() {
  if (state.conversation === "new") return undefined;
  const all = conversations();
  return all.find((known) => known.id === state.conversation) ?? all.at(-1);
}

async function ask(path, body) {
  const request = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, request);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `the server answered ${response.status}`);
  return answer;
}

/** Does the work once now and, if asked meanwhile, once more; never twice at the same time. */
function once(work) {
  let isRunning = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        await work();
      }
    } catch (problem) {
      console.warn(problem);
    } finally {
      isRunning = false;
    }
  };
}

const loadPeople = once(async () => {
  const answer = await ask("/api/people");
  state.people = answer.people;
  if (!person()) state.selected = state.people[0]?.key ?? null;
  const stands = answer.model.is_stand_in
    ? "Everything here runs on this machine. Intercom, Stripe and the model are stand-ins."
    : `Intercom and Stripe are stand-ins on this machine. The model is ${answer.model.name}.`;
  byId("plainly").textContent = stands;
  drawPeople();
});

const loadChat = once(async () => {
  if (!person()) return;
  const chat = await ask(`/api/chat?person=${encodeURIComponent(state.selected)}`);
  if (chat.person !== state.selected) return;
  state.chat = chat;
  drawChat();
  drawFeed();
  drawPeople();
});

const loadAccount = once(async () => {
  const played = person();
  if (!played) return;
  const account = await ask(`/api/stripe?person=${encodeURIComponent(played.key)}`);
  if (account.person === state.selected) showAccount(account, played, lookUp);
});

function drawPeople() {
  const shown = conversation();
  if (shown) state.seen.set(shown.id, shown.updated_at);
  const hasNews = (known) => known.key !== state.selected
    && known.conversations.some((one) => (state.seen.get(one.id) ?? 0) < one.updated_at);
  showPeople(state.people, state.selected, hasNews, choose);
}

function drawChat() {
  const played = person();
  if (!played) return;
  const shown = conversation();
  byId("playing").textContent = `as ${played.name}`;
  byId("say").lang = played.language;
  byId("as-customer").textContent = played.name;
  byId("begin").hidden = !shown;
  byId("as").hidden = !shown;
  if (!shown) byId("composer").elements.as.value = "customer";
  showTabs(conversations(), state.conversation === "new" ? "new" : shown?.id, open);
  showStory(played, shown);
  const follows = showConversation(played, shown);
  showStanding(shown);
  showChips(played, shown, sayAsCustomer);
  // Last, as what stands below the conversation takes room from it.
  if (follows) toEnd(byId("chat"));
}

let isDrawing = false;

/** Lines come in bursts: they are drawn together. */
function drawFeed() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const owner = (id) => state.people.find((known) => known.conversations.some((one) => one.id === id))?.name ?? "";
    showFeed(conversation()?.id ?? "none", state.isForAll, owner);
  });
}

function choose(key) {
  state.selected = key;
  state.conversation = null;
  state.chat = null;
  history.replaceState(null, "", `?person=${encodeURIComponent(key)}`);
  byId("failure").hidden = true;
  byId("composer").elements.as.value = "customer";
  drawPeople();
  loadChat();
  loadAccount();
}

function open(id) {
  state.conversation = id;
  drawChat();
  drawFeed();
}

function lookUp(seq) {
  if (findEntry(seq)) return;
  scope(true);
  requestAnimationFrame(() => requestAnimationFrame(() => findEntry(seq)));
}

function scope(isForAll) {
  state.isForAll = isForAll;
  byId("scope-one").setAttribute("aria-pressed", String(!isForAll));
  byId("scope-all").setAttribute("aria-pressed", String(isForAll));
  drawFeed();
}

async function say(text) {
  if (state.isSending) return;
  state.isSending = true;
  const box = byId("say");
  const failure = byId("failure");
  const send = byId("composer").querySelector(".send");
  const isTeammate = byId("composer").elements.as.value === "teammate";
  const shown = conversation();
  send.disabled = true;
  failure.hidden = true;
  try {
    const message = { person: state.selected, text };
    const answer = isTeammate
      ? await ask("/api/answer", { ...message, conversation: shown.id })
      : await ask("/api/say", shown ? { ...message, conversation: shown.id } : { ...message, is_new: true });
    state.conversation = answer.conversation;
    if (box.value.trim() === text.trim()) box.value = "";
    loadPeople();
    await loadChat();
  } catch (problem) {
    failure.textContent = `Not sent: ${problem.message}.`;
    failure.hidden = false;
  } finally {
    send.disabled = false;
    state.isSending = false;
  }
}

/** Sends a suggestion, which is never a teammate's. */
function sayAsCustomer(text) {
  byId("composer").elements.as.value = "customer";
  return say(text);
}

function listen() {
  const news = new EventSource("/api/events");
  const link = byId("link-state");
  const tell = (look, words) => {
    link.className = `link-state ${look}`;
    if (link.textContent !== words) link.textContent = words;
  };
  // The server tells everything from the beginning to whoever comes, and comes again.
  news.addEventListener("hello", async () => {
    tell("live", "Live");
    forgetLines();
    await loadPeople();
    loadChat();
    loadAccount();
    drawFeed();
  });
  news.addEventListener("chat", () => {
    loadPeople();
    loadChat();
  });
  news.addEventListener("stripe", loadAccount);
  news.addEventListener("line", (event) => {
    addLine(JSON.parse(event.data));
    drawFeed();
  });
  news.addEventListener("error", () => {
    tell("lost", "Connection lost, trying again");
    // After a refusal a browser does not try again by itself.
    if (news.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
  });
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("say").value;
  if (text.trim()) say(text);
});
byId("say").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("composer").requestSubmit();
  }
});
byId("begin").addEventListener("click", () => {
  open("new");
  byId("say").focus();
});
byId("scope-one").addEventListener("click", () => scope(false));
byId("scope-all").addEventListener("click", () => scope(true));

listen();
