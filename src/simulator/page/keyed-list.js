/**
 * The children of an element, each built of one entry and built anew only when that has changed. What a reader has
 * folded out stays so, and the focus stays where it is.
 */
export class KeyedList {
  constructor(parent, build) {
    this.parent = parent;
    this.build = build;
    this.shown = new Map();
  }

  /** @param entries keys with what to build of, in order */
  show(entries) {
    const next = new Map(entries.map(([key, entry]) => [key, this.kept(key, entry)]));
    for (const [key, { node }] of this.shown) {
      const successor = next.get(key)?.node;
      if (successor !== node) leave(node, successor);
    }
    let place = this.parent.firstElementChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextElementSibling;
      else this.parent.insertBefore(node, place);
    }
    this.shown = next;
  }

  kept(key, entry) {
    const signature = JSON.stringify(entry);
    const before = this.shown.get(key);
    return before?.signature === signature ? before : { node: this.build(entry), signature };
  }
}

function leave(node, successor) {
  if (successor === undefined) {
    node.remove();
    return;
  }
  takeOver(node, successor);
  const focused = focusables(node).indexOf(document.activeElement);
  node.replaceWith(successor);
  focusables(successor)[focused]?.focus({ preventScroll: true });
}

function takeOver(node, successor) {
  const open = new Set([...node.querySelectorAll('details[open]')].map(({ dataset }) => dataset.key));
  for (const details of successor.querySelectorAll('details')) details.open = open.has(details.dataset.key);
}

const focusables = (node) => [...node.querySelectorAll('summary, button, pre')];
