/** The projects that are paused themselves. While everything is, the others have the time of that pause. */
export const pausedOf = ({ projects, pausedAt }) =>
  projects
    .filter(({ state, since }) => state === 'paused' && since !== pausedAt)
    .map(({ project }) => project);

/** What a pause means for the projects `meant`, or for any; empty where there is none. */
export function pauseNote(queue, meant) {
  const names = pausedOf(queue).filter((name) => meant?.includes(name) ?? true);
  if (!queue.paused && names.length === 0) return '';
  const what = queue.paused ? 'All sending is paused' : `Sending is paused for ${names.join(', ')}`;
  return `${what}: cancellations wait until it is resumed, and expire if their deadline comes first.`;
}
