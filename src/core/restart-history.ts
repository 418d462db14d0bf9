/** One child of a supervisor, from its birth to its death, as they were seen. */
export interface ChildLife {
  readonly pid: number;
  /** Whether it was there when the observation began: its birth is not known then. */
  readonly isFirst: boolean;
  readonly bornAtMs: number;
  /** `undefined` as long as it lives. */
  readonly diedAtMs: number | undefined;
}

/** What was seen of a supervisor's children, in the order of their births. */
export interface RestartHistory {
  readonly startedAtMs: number;
  /** Until when it was observed. */
  readonly observedAtMs: number;
  readonly lives: readonly ChildLife[];
}

/** A child that was born after another had died. */
export interface Restart {
  readonly pid: number;
  readonly previousPid: number;
  readonly diedAtMs: number;
  readonly bornAtMs: number;
  /** From death to birth, in milliseconds. */
  readonly pauseMs: number;
}

/** What comes of the deaths in a history. */
export interface RestartSummary {
  readonly restarts: readonly Restart[];
  /** Those who died and were not replaced, at least not yet. */
  readonly unreplaced: readonly ChildLife[];
}

/** Gives each death the first birth after it that is not another death's already. */
export function findRestarts({ lives }: RestartHistory): RestartSummary {
  const births = lives.filter(({ isFirst }) => !isFirst).toSorted((a, b) => a.bornAtMs - b.bornAtMs);
  const restarts: Restart[] = [];
  const unreplaced: ChildLife[] = [];
  const deaths = lives.flatMap((life) => (life.diedAtMs === undefined ? [] : [{ life, diedAtMs: life.diedAtMs }]));
  for (const { life, diedAtMs } of deaths.toSorted((a, b) => a.diedAtMs - b.diedAtMs)) {
    const at = births.findIndex((birth) => birth !== life && birth.bornAtMs >= diedAtMs);
    const [birth] = at === -1 ? [] : births.splice(at, 1);
    if (birth === undefined) unreplaced.push(life);
    else {
      const { pid, bornAtMs } = birth;
      restarts.push({ pid, previousPid: life.pid, diedAtMs, bornAtMs, pauseMs: bornAtMs - diedAtMs });
    }
  }
  return { restarts, unreplaced };
}

/** The history as lines, for messages: births and deaths with their times since its start. */
export function renderHistory(history: RestartHistory): readonly string[] {
  const at = (ms: number): string => `${Math.round(ms - history.startedAtMs)} ms`.padStart(9);
  const { restarts } = findRestarts(history);
  const pauses = new Map(restarts.map(({ pid, bornAtMs, pauseMs }) => [`${pid} ${bornAtMs}`, pauseMs]));
  const rows = history.lives.flatMap(({ pid, isFirst, bornAtMs, diedAtMs }) => {
    const pauseMs = pauses.get(`${pid} ${bornAtMs}`);
    const after = pauseMs === undefined ? '' : `, ${Math.round(pauseMs)} ms after a death`;
    const born = { atMs: bornAtMs, text: `${at(bornAtMs)}  ${pid} ${isFirst ? 'was there' : 'was started'}${after}` };
    return diedAtMs === undefined ? [born] : [born, { atMs: diedAtMs, text: `${at(diedAtMs)}  ${pid} ended` }];
  });
  return rows.toSorted((a, b) => a.atMs - b.atMs).map(({ text }) => text);
}
