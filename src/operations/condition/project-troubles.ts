import type { Observed, Trouble } from './observed.js';
import { andWaits, listed, since } from './words.js';

type ProjectSeen = Observed['projects'][number];
type State = Exclude<ProjectSeen['state'], 'working'>;

interface Explained {
  /** @param when it began, in words */
  readonly what: (projects: string, when: string) => string;
  /** What to do before it can work again. */
  readonly advice: string;
  /** The end of the advice, where somebody has to end the state, in the words of the page's button. */
  readonly ending?: (projects: string) => string;
  /** Whether nothing gets through while it lasts. */
  readonly isStop: boolean;
}

const tryNow = (projects: string): string =>
  `. Then try ${projects} now (POST /queue/resume with the project)`;

/** The most important first. */
const STATES: Readonly<Record<State, Explained>> = {
  unauthorized: {
    what: (projects, when) => `SignalWire has refused the credentials of ${projects}${when}`,
    advice: 'Correct the credentials, which need the scope Voice, and have them checked (GET /setup)',
    ending: tryNow,
    isStop: true,
  },
  undelivered: {
    what: (projects, when) =>
      `SignalWire has not fetched the documents of ${projects}${when}, so nothing is sent`,
    advice: 'Check that SignalWire can reach PUBLIC_URL (GET /setup)',
    ending: tryNow,
    isStop: true,
  },
  unavailable: {
    what: (projects, when) =>
      `SignalWire has been unavailable for ${projects}${when} (no connection, no answer in time, or a 5xx)`,
    advice:
      'Check the network and the address of the space (GET /setup), and the status page of SignalWire. Sending resumes by itself',
    isStop: true,
  },
  throttled: {
    what: (projects, when) => `SignalWire has throttled ${projects}${when} (429)`,
    advice:
      'Lower MAX_REQUESTS_PER_SECOND or the limit of the project, or ask SignalWire for more. Sending resumes by itself',
    isStop: false,
  },
  paused: {
    what: (projects, when) => `Sending has been paused for ${projects}${when}`,
    advice: 'Deadlines keep running meanwhile',
    ending: (projects) => `. Resume ${projects} once it may go on (POST /queue/resume with the project)`,
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
  { what, advice, ending, isStop }: Explained,
  isAnyOpen: boolean,
): Trouble {
  const waiting = those.reduce((sum, project) => sum + project.waiting, 0);
  const [started = null] = those.flatMap((project) => project.since ?? []).toSorted();
  const names = listed(those.map(({ project }) => project));
  return {
    isStop: isStop && !isAnyOpen,
    message: `${what(names, since(started))}${whoIn(those)}${andWaits(waiting)}`,
    advice: `${advice}${ending?.(names) ?? ''}`,
  };
}

/** Calls of one project in a row may have had bad luck, so that it still works, and there is nothing to end. */
function earlyTroubles({ projects, signs }: Observed): Trouble[] {
  return projects
    .filter(({ state }) => state === 'working')
    .flatMap(({ project }): Trouble[] => {
      const { failedCalls = 0, unfetchedCalls = 0 } = signs.get(project) ?? {};
      const failed = `Requests to SignalWire failed for the last ${calls(failedCalls)} of ${project}, most recently within the last minute: no connection, no answer in time, a 5xx or a refusal`;
      const unfetched = `SignalWire fetched no document of ${project} for the last ${calls(unfetchedCalls)}`;
      return [
        ...(failedCalls === 0 ? [] : [{ ...STATES.unavailable, message: failed }]),
        ...(unfetchedCalls < 2 ? [] : [{ ...STATES.undelivered, message: unfetched }]),
      ].map(({ message, advice }) => ({ isStop: false, message, advice }));
    });
}

const calls = (count: number): string => (count === 1 ? 'call' : `${count} calls`);

function whoIn(those: readonly ProjectSeen[]): string {
  const names = [...new Set(those.flatMap(({ pausedBy }) => pausedBy ?? []))];
  return names.length === 0 ? '' : ` by ${listed(names)}`;
}
