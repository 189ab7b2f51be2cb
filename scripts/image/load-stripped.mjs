import { registerHooks } from 'node:module';

// Loads sources whose types strip-types.mjs has stripped as JavaScript: otherwise Node strips them again, with a program of
// WebAssembly that stays in memory, 28 MiB.
registerHooks({
  load: (url, context, nextLoad) =>
    nextLoad(url, url.endsWith('.ts') ? { ...context, format: 'module' } : context),
});
