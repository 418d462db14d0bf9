#!/usr/bin/env node
import { enableCompileCache, flushCompileCache } from 'node:module';

// What Node has made of the TypeScript is kept: a process that finds it starts sooner and is 30 MB smaller.
enableCompileCache();
await import('../src/main.ts');
// Not only at the end, which may be a SIGKILL.
flushCompileCache();
