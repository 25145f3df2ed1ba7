/**
 * Renders keyed entries as children of an element and rebuilds only those that changed. Open details stay open, and the
 * focus stays in place.
 */
export class KeyedList {
  constructor(parent, build) {
    this.parent = parent;
    this.build = build;
    this.shown = new Map();
  }

  /** @param entries `[key, entry]` pairs, in order */
  show(entries) {
    const next = new Map(entries.map(([key, entry]) => [key, this.reuseOrBuild(key, entry)]));
    for (const [key, { node }] of this.shown) {
      const successor = next.get(key)?.node;
      if (successor !== node) replaceOrRemove(node, successor);
    }
    let place = this.parent.firstElementChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextElementSibling;
      else this.parent.insertBefore(node, place);
    }
    this.shown = next;
  }

  reuseOrBuild(key, entry) {
    const signature = JSON.stringify(entry);
    const before = this.shown.get(key);
    return before?.signature === signature ? before : { node: this.build(entry), signature };
  }
}

function replaceOrRemove(node, successor) {
  if (successor === undefined) {
    node.remove();
    return;
  }
  copyOpenDetails(node, successor);
  const focused = focusables(node).indexOf(document.activeElement);
  node.replaceWith(successor);
  focusables(successor)[focused]?.focus({ preventScroll: true });
}

function copyOpenDetails(node, successor) {
  const open = new Set([...node.querySelectorAll('details[open]')].map(({ dataset }) => dataset.key));
  for (const details of successor.querySelectorAll('details')) details.open = open.has(details.dataset.key);
}

const focusables = (node) => [...node.querySelectorAll('summary, button, pre')];
