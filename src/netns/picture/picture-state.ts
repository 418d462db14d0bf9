import { quote, UsageError } from '../../core/errors.js';
import { checkChoice, Mistakes, requireObject } from '../../core/mistakes.js';
import { suggest } from '../../core/nearest.js';
import type { LabPlan } from '../lab/plan/lab-plan.js';

/** How a link does: as it should, switched off, or damaged on purpose. */
export type LinkState = 'up' | 'down' | 'impaired';

/** A verdict, as a colour that can be read on light and on dark. */
export type Tone = 'good' | 'warning' | 'bad';

/** What is known of a link beyond its plan. */
export interface LinkPicture {
  /** @defaultValue what the plan says */
  readonly state?: LinkState;
  /** A few words beside the link: `20 ms, 1 % lost`, `0 of 1,000 arrived`. */
  readonly note?: string;
  /** @defaultValue by the state */
  readonly tone?: Tone;
}

/** What is known of a node beyond its plan. */
export interface NodePicture {
  /** A few words in the node: `no membership`. */
  readonly note?: string;
  /** @defaultValue none */
  readonly tone?: Tone;
}

/** What a picture shows of a lab that is running, by names. */
export interface PictureState {
  readonly links?: Readonly<Record<string, LinkPicture>>;
  readonly nodes?: Readonly<Record<string, NodePicture>>;
  /** What is said of the whole: `1,000 sent, 0 arrived: no membership`. */
  readonly caption?: PictureCaption;
}

/** Lines above or below a picture. */
export interface PictureCaption {
  readonly text: readonly string[];
  /** @defaultValue none */
  readonly tone?: Tone;
}

const STATES: readonly string[] = ['up', 'down', 'impaired'] satisfies readonly LinkState[];
const TONES: readonly string[] = ['good', 'warning', 'bad'] satisfies readonly Tone[];

/** @throws UsageError for what is no plan at all */
export function checkPlan(subject: string, plan: unknown): asserts plan is LabPlan {
  const isPlan = typeof plan === 'object' && plan !== null && hasLists(plan, ['nodes', 'links']);
  if (!isPlan) throw new UsageError(subject, `plan must be what planLab() returned; received ${quote(plan)}`);
}

/** @internal Whether an object has lists of these names. */
export function hasLists(value: object, names: readonly string[]): boolean {
  return names.every((name) => Array.isArray(Reflect.get(value, name)));
}

/** @throws UsageError for links and nodes that the lab does not have, and for states that there are not */
export function checkPictureState(subject: string, plan: LabPlan, state: PictureState): void {
  checkPlan(subject, plan);
  requireObject(subject, state);
  const mistakes = new Mistakes();
  const checkNames = (field: string, given: object | undefined, known: readonly string[]) => {
    for (const name of Object.keys(given ?? {})) {
      if (!known.includes(name))
        mistakes.add(`${field}.${name}: the lab has no ${field.slice(0, -1)} of this name${suggest(name, known)}`);
    }
  };
  const checkOne = (field: string, value: unknown, known: readonly string[]) => {
    if (value !== undefined) checkChoice(mistakes, field, value, known);
  };
  checkNames(
    'links',
    state.links,
    plan.links.map(({ name }) => name),
  );
  checkNames(
    'nodes',
    state.nodes,
    plan.nodes.map(({ name }) => name),
  );
  for (const [name, link] of Object.entries(state.links ?? {})) {
    checkOne(`links.${name}.state`, link.state, STATES);
    checkOne(`links.${name}.tone`, link.tone, TONES);
  }
  for (const [name, { tone }] of Object.entries(state.nodes ?? {})) checkOne(`nodes.${name}.tone`, tone, TONES);
  checkOne('caption.tone', state.caption?.tone, TONES);
  mistakes.throwIfAny(subject);
}
