const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How much shorter the rules' times are in the drills; thresholds in seconds stay as they are. */
export const SCALE = 10;

/** The rules with each window and each `for` a tenth as long, so that hours pass in minutes. */
export const scaled = (rules: string): string =>
  rules.replaceAll(
    /(\[|\bfor: )(\d+)([smhd])\b/g,
    (_, before: string, count: string, unit: keyof typeof UNITS) =>
      `${before}${(Number(count) * UNITS[unit]) / SCALE}ms`,
  );
