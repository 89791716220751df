import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// What was compiled is kept beside the packages: the next start takes half the time, and does without the compiler of types,
// which holds 20 MB to the end. For that this file is JavaScript. Where nothing can be kept, nothing is lost.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/koltrix', import.meta.url)));

await import('./run.ts');
