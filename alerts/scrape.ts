// How often the shop is scraped, by environment. The rules are one file for all of them, so the slowest decides what a range
// and a `for` must be at least. Pure.

export const scrapeSeconds = { drill: 2, compose: 2 } as const;

export const slowestScrapeSeconds = Math.max(...Object.values(scrapeSeconds));

/** `increase` over fewer is extrapolated from a sample or two, or is empty when one scrape is late. */
export const scrapesInRange = 4;
/** A `for` shorter than this looks at the same sample twice. */
export const scrapesInFor = 2;
