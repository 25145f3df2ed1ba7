import { describe, expect, it } from 'vitest';
import { asksForSource, documentSourceOf } from '../../src/cancellation/document-source.js';

const OF_PROJECT = 'https://project.example.com/{streamName}';
const OF_REQUEST = 'https://request.example.com/{streamName}';

describe("where a cancellation's document comes from", () => {
  it.each([
    [null, {}, { kind: 'verbs' }],
    [null, { template: null, documentUrl: null }, { kind: 'verbs' }],
    [OF_PROJECT, {}, { kind: 'foreign', documentUrl: OF_PROJECT }],
    [OF_PROJECT, { template: null, documentUrl: null }, { kind: 'foreign', documentUrl: OF_PROJECT }],
    [OF_PROJECT, { template: 't', documentUrl: null }, { kind: 'template', template: 't' }],
    [null, { template: 't' }, { kind: 'template', template: 't' }],
    [OF_PROJECT, { documentUrl: OF_REQUEST }, { kind: 'foreign', documentUrl: OF_REQUEST }],
    [null, { template: null, documentUrl: OF_REQUEST }, { kind: 'foreign', documentUrl: OF_REQUEST }],
    [OF_PROJECT, { isThenRequested: true }, { kind: 'verbs' }],
    [OF_PROJECT, { isThenRequested: false }, { kind: 'foreign', documentUrl: OF_PROJECT }],
    [
      OF_PROJECT,
      { isThenRequested: true, documentUrl: OF_REQUEST },
      { kind: 'foreign', documentUrl: OF_REQUEST },
    ],
  ])('project with document %j, request with %j: %j', (documentUrl, asked, source) => {
    expect(documentSourceOf({ documentUrl }, asked)).toEqual(source);
  });

  it.each([
    [{}, false],
    [{ template: null, documentUrl: null }, false],
    [{ template: 't', documentUrl: null }, true],
    [{ template: null, documentUrl: OF_REQUEST }, true],
  ])('is named by a request with %j: %j', (asked, asks) => {
    expect(asksForSource(asked)).toBe(asks);
  });
});
