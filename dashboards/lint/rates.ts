// A rate over a fixed window hides what happens between two pixels when zoomed out, and is empty when zoomed in.
import { askedIn, type Rule } from './document.ts';

const windowed = /\b(rate|irate|increase|delta)\(([^[]*)\[([^\]]+)\](\s+offset\b)?/g;
const allowed: Readonly<Record<string, readonly string[]>> = {
  rate: ['$__rate_interval'],
  irate: ['$__rate_interval'],
  increase: ['$__rate_interval', '$__range'],
  delta: ['$__rate_interval', '$__range'],
};

export const rates: Rule = {
  name: 'rates',
  find: (document) =>
    askedIn(document).flatMap(({ place, raw }) =>
      [...raw.matchAll(windowed)]
        // What was at another time is a reference of one width, not a signal.
        .filter(([, name, , window, offset]) => offset === undefined && !allowed[name!]!.includes(window!))
        .map(
          ([, name, , window]) =>
            `${place}: ${name} over ${window}; take ${allowed[name!]!.join(' or ')}, or compare with offset`,
        ),
    ),
};
