import { connectEngine } from '../../../src/container/connect-engine.js';
import { UnsupportedError } from '../../../src/core/errors.js';

try {
  console.log((await connectEngine()).address);
} catch (error) {
  if (!(error instanceof UnsupportedError)) throw error;
  console.log(error.message);
}
