/** Kinds of fields that several views share. */
export const TIME = { type: String, format: 'date-time' } as const;
export const TEXT_OR_NULL = { type: String, nullable: true } as const;
export const STATUS_OR_NULL = { type: 'integer', nullable: true } as const;
export const TIME_OR_NULL = { ...TIME, nullable: true } as const;
