export { gloveboxProjects, TAGS, TIERS, type Tier, type TiersOptions } from './tiers.js';
