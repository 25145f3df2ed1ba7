import type { Observed, Trouble } from './observed.js';
import { listed, since, waits } from './words.js';

type ProjectSeen = Observed['projects'][number];
type State = Exclude<ProjectSeen['state'], 'working'>;

interface Explained {
  /** @param when it began, in words */
  readonly what: (projects: string, when: string) => string;
  readonly advice: string;
  /** Whether nothing gets through while it lasts. */
  readonly isStop: boolean;
}

const RESUME = 'resume the project (POST /queue/resume with the project)';

/** The most important first. */
const STATES: Readonly<Record<State, Explained>> = {
  unauthorized: {
    what: (projects, when) => `SignalWire has refused the credentials of ${projects}${when}`,
    advice: `Correct the credentials, which need the scope Voice, and have them checked (GET /setup). Then ${RESUME}`,
    isStop: true,
  },
  undelivered: {
    what: (projects, when) =>
      `SignalWire has not fetched the documents of ${projects}${when}, so nothing is sent`,
    advice: `Check that SignalWire can reach PUBLIC_URL (GET /setup). Then ${RESUME}`,
    isStop: true,
  },
  unavailable: {
    what: (projects, when) =>
      `SignalWire has been unavailable for ${projects}${when} (no connection, no answer in time, or a 5xx)`,
    advice:
      'Check the network and the address of the space (GET /setup), and the status page of SignalWire; sending resumes by itself',
    isStop: true,
  },
  throttled: {
    what: (projects, when) => `SignalWire has throttled ${projects}${when} (429)`,
    advice:
      'Lower MAX_REQUESTS_PER_SECOND or the limit of the project, or ask SignalWire for more; sending resumes by itself',
    isStop: false,
  },
  paused: {
    what: (projects, when) => `Sending has been paused for ${projects}${when}`,
    advice:
      'Resume the sending once it may go on (POST /queue/resume with the project); deadlines keep running meanwhile',
    isStop: false,
  },
};

/** What is wrong with projects: one for each state that any is in, then what may become one. */
export function projectTroubles(observed: Observed): Trouble[] {
  const { projects, paused } = observed;
  const isAnyOpen = projects.some(({ state }) => state === 'working' || !STATES[state].isStop);
  const inStates = Object.entries(STATES).flatMap(([state, explained]) => {
    // A pause of everything is told once.
    if (state === 'paused' && paused) return [];
    const those = projects.filter((project) => project.state === state);
    return those.length === 0 ? [] : [troubleOf(those, explained, isAnyOpen)];
  });
  return [...inStates, ...earlyTroubles(observed)];
}

function troubleOf(
  those: readonly ProjectSeen[],
  { what, advice, isStop }: Explained,
  isAnyOpen: boolean,
): Trouble {
  const waiting = those.reduce((sum, project) => sum + project.waiting, 0);
  const [started = null] = those.flatMap((project) => project.since ?? []).toSorted();
  return {
    level: isStop && !isAnyOpen ? 'failing' : 'degraded',
    message: `${what(listed(those.map(({ project }) => project)), since(started))}${whoIn(those)}: ${waits(waiting)}`,
    advice,
  };
}

/** Calls of one project in a row may have had bad luck, so that it still works. */
function earlyTroubles({ projects, signs }: Observed): Trouble[] {
  return projects
    .filter(({ state }) => state === 'working')
    .flatMap(({ project }): Trouble[] => {
      const { failedCalls = 0, unfetchedCalls = 0 } = signs.get(project) ?? {};
      const failed = `Requests to SignalWire are failing for ${project}: the last ${calls(failedCalls)} got no connection, no answer in time, a 5xx or a refusal`;
      const unfetched = `SignalWire fetched no document of ${project} for the last ${calls(unfetchedCalls)}`;
      return [
        ...(failedCalls === 0 ? [] : [{ ...STATES.unavailable, message: failed }]),
        ...(unfetchedCalls < 2 ? [] : [{ ...STATES.undelivered, message: unfetched }]),
      ].map(({ message, advice }) => ({ level: 'degraded', message, advice }));
    });
}

const calls = (count: number): string => (count === 1 ? 'call' : `${count} calls`);

function whoIn(those: readonly ProjectSeen[]): string {
  const names = [...new Set(those.flatMap(({ pausedBy }) => pausedBy ?? []))];
  return names.length === 0 ? '' : ` by ${listed(names)}`;
}
