export type { ScenarioReport, ScenarioResult } from '../scenarios/scenario-result.js';
