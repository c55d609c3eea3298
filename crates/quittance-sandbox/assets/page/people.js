// The list of people who can be played.

import { byId, face, make } from "./dom.js";

/** How somebody's newest conversation stands, in words. */
export function standingOf(conversation) {
  if (!conversation) return null;
  if (conversation.state === "closed") return { look: "closed", words: "closed" };
  if (conversation.is_with_person) return { look: "team", words: "with the team" };
  if (conversation.state === "snoozed") return { look: "closed", words: "snoozed" };
  return { look: "open", words: "open" };
}

const languages = new Intl.DisplayNames(["en"], { type: "language" });

function languageName(code) {
  try {
    return languages.of(code);
  } catch {
    return code;
  }
}

/** Shows everybody; `seen` tells which change of a conversation was looked at. */
export function showPeople(people, selected, hasNews, choose) {
  const list = byId("people");
  const hadFocus = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.replaceChildren(...people.map((person) => {
    const standing = standingOf(person.conversations.at(-1));
    return make("li", null, make("button",
      {
        type: "button",
        class: "person",
        "data-key": person.key,
        "aria-current": person.key === selected ? "true" : null,
        title: person.story,
        on: { click: () => choose(person.key) },
      },
      face(person.name, person.key),
      make("span", "person-name",
        make("span", null, person.name),
        make("abbr", { class: "language", title: languageName(person.language) }, person.language),
        hasNews(person) && make("span", { class: "news", role: "img", "aria-label": "new" })),
      make("span", "person-story", person.story),
      standing && make("span", `person-state ${standing.look}`, standing.words)));
  }));
  if (list.dataset.shown !== selected) {
    list.dataset.shown = selected;
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }
  if (hadFocus) list.querySelector(`[data-key="${CSS.escape(hadFocus)}"]`)?.focus();
}
