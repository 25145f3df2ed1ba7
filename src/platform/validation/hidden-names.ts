const HIDDEN = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

/** Whether class-transformer drops a field of this name, so that validation cannot report it as unknown. */
export const isHiddenFromClassTransformer = (field: string): boolean => HIDDEN.has(field);
