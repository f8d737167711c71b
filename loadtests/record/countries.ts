// Country names as shops write them → ISO 3166-1 alpha-2. `null` = the recording does not say; left out of the mix.

const names: Readonly<Record<string, string | null>> = {
  'United Kingdom': 'GB',
  Germany: 'DE',
  France: 'FR',
  EIRE: 'IE',
  Ireland: 'IE',
  Belgium: 'BE',
  Spain: 'ES',
  Netherlands: 'NL',
  Switzerland: 'CH',
  Portugal: 'PT',
  Australia: 'AU',
  Italy: 'IT',
  Finland: 'FI',
  Sweden: 'SE',
  Norway: 'NO',
  // Guernsey and Jersey share one name in the recording; Jersey is the larger.
  'Channel Islands': 'JE',
  Japan: 'JP',
  Poland: 'PL',
  Denmark: 'DK',
  Cyprus: 'CY',
  Austria: 'AT',
  'Hong Kong': 'HK',
  Singapore: 'SG',
  Malta: 'MT',
  Israel: 'IL',
  Iceland: 'IS',
  USA: 'US',
  'United States': 'US',
  Greece: 'GR',
  Canada: 'CA',
  'Czech Republic': 'CZ',
  Lithuania: 'LT',
  Bahrain: 'BH',
  'United Arab Emirates': 'AE',
  'Saudi Arabia': 'SA',
  Lebanon: 'LB',
  Brazil: 'BR',
  RSA: 'ZA',
  'South Africa': 'ZA',
  'European Community': null,
  Unspecified: null,
};

/** `undefined` = neither a name we know nor a two-letter code. */
export function countryCode(name: string): string | null | undefined {
  if (/^[A-Z]{2}$/.test(name)) return name;
  return names[name];
}
