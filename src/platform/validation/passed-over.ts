const PASSED_OVER = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

/** Whether class-transformer takes a field of this name for the class's own and does not report it as unknown. */
export const isPassedOver = (field: string): boolean => PASSED_OVER.has(field);
