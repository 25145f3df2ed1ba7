import { afterAll } from 'vitest';
import { keepToOneSlot, takeFound } from './one-slot.js';

keepToOneSlot();

afterAll(() => {
  const found = takeFound();
  if (found.length > 0) throw new Error(found.join('\n'));
});
