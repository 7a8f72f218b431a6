// Who holds the phone, and who wants to know when that changes.
const watchers = [];

/** `person` is the control API's person, or null before one is chosen. */
export const holder = { person: null };

export const watch = (act) => { watchers.push(act); };

export function hold(person) {
  const other = person?.id !== holder.person?.id;
  holder.person = person;
  watchers.forEach((act) => act(person, other));
}

export const own = (path) => `/people/${holder.person.id}${path}`;
