#!/usr/bin/env node
// Node does not strip types under node_modules, so tsx runs the TypeScript.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
