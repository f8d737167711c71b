// A program that was compiled to read from /usr/share does not run from a cache. Our own copy of it is told to read from its
// working directory instead: the compiled-in path is overwritten by one of the same length, as a Go string's length is fixed.
import { readFileSync, writeFileSync } from 'node:fs';

export function relocate(program: string, directory: string): void {
  const content = readFileSync(program);
  const places = occurrences(content, Buffer.from(directory));
  // More or fewer means that this is not the program the recipe was written for.
  if (places.length !== 1) throw new Error(`${program} names ${directory} ${places.length} times, not once`);
  content.write(workingDirectory(directory.length), places[0]!, 'latin1');
  writeFileSync(program, content);
}

/** `.` followed by as many slashes as it takes. */
const workingDirectory = (length: number) => `.${'/'.repeat(length - 1)}`;

/** Where the directory itself is named, not something below it. */
function occurrences(content: Buffer, directory: Buffer): number[] {
  const found: number[] = [];
  for (let at = content.indexOf(directory); at >= 0; at = content.indexOf(directory, at + 1)) {
    if (content[at + directory.length] !== '/'.charCodeAt(0)) found.push(at);
  }
  return found;
}
