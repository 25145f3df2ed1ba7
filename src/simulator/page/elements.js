const SVG = 'http://www.w3.org/2000/svg';

/**
 * Creates an element. Texts and attributes are never parsed as HTML, so untrusted values are safe.
 * Attributes and children that are null, undefined or false are omitted.
 */
export const element = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (isGiven(value)) node.setAttribute(name, String(value));
  }
  for (const child of children.flat(Infinity).filter(isGiven)) {
    node.appendChild(typeof child === 'object' ? child : document.createTextNode(String(child)));
  }
  return node;
}

const isGiven = (value) => value !== null && value !== undefined && value !== false;

/** A list of names and values; null if there are none. */
export const facts = (entries) =>
  entries.length === 0
    ? null
    : element(
        'dl',
        { class: 'facts' },
        entries.map(([name, value]) => [
          element('dt', {}, name),
          element('dd', {}, typeof value === 'string' ? value : JSON.stringify(value)),
        ]),
      );

/** Whether a value is worth showing. */
export const hasContent = (value) => {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
};
