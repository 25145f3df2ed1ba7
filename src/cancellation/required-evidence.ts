/** The proof that a cancellation needs to succeed. */
export const REQUIRED_EVIDENCE = ['accepted', 'document_fetched', 'stream_stopped'] as const;
export type RequiredEvidence = (typeof REQUIRED_EVIDENCE)[number];
