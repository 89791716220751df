#!/usr/bin/env node
import { readEnvironment } from './config.ts';
import { run } from './run.ts';
import { openWorld } from './world.ts';

const world = openWorld(process, readEnvironment());
// Set rather than exited with, so that what is still being written gets out.
process.exitCode = await run(process.argv.slice(2), world);
