import { KubernetesError } from './kubernetes-error.ts';

/**
 * Clients read a quantity as an int64 of milli-units, at most 9.22e18, and overflow silently: stay below it.
 */
const MAX_VALUE = 9.2e15;

/** Above this a double does not represent every milli-unit. */
const EXACT_MILLI_BELOW = 9e12;

const SUFFIXES = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/**
 * A finite number as a canonical DecimalSI quantity, rounded half up to the milli and clamped to what
 * an int64 of milli-units holds: 1.5 is `1500m`, 3000 is `3k`.
 * Source of the form: apimachinery's resource.Quantity, CanonicalizeBytes.
 */
export function formatQuantity(value: number): string {
  const clamped = Math.min(Math.max(value, -MAX_VALUE), MAX_VALUE);
  let suffix = Math.abs(clamped) < EXACT_MILLI_BELOW ? 0 : 1;
  let digits = Math.round(suffix === 0 ? clamped * 1000 : clamped);
  if (digits === 0) return '0'; // also -0
  while (digits % 1000 === 0 && suffix < SUFFIXES.length - 1) {
    digits /= 1000;
    suffix++;
  }
  return `${digits}${SUFFIXES[suffix]}`;
}

/** A suffix as a fraction: numerator / denominator. */
const SCALES: Readonly<Record<string, readonly [numerator: bigint, denominator: bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 10n ** 3n],
  '': [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|[eE]([+-]?\d{1,2})|([numkMGTPE]?))$/;

/** Longer texts are refused before any arithmetic: real quantities are shorter. */
const MAX_LENGTH = 64;

/** Go caps a quantity with a binary suffix at an int64 of whole units (maxAllowed in apimachinery's resource/math.go). */
const MAX_BINARY = 2n ** 63n - 1n;

/**
 * A quantity in milli-units, rounded away from zero as the HPA reads it, without the overflow of an int64.
 * Source: Quantity.MilliValue, whose rounding is negativeScaleInt64 in apimachinery's resource/math.go.
 * @throws KubernetesError ERR_QUANTITY
 */
export function parseQuantity(text: string): bigint {
  const match = text.length <= MAX_LENGTH ? QUANTITY.exec(text) : null;
  if (match === null) {
    throw new KubernetesError(
      'ERR_QUANTITY',
      `quantity ${JSON.stringify(text.slice(0, MAX_LENGTH))} is malformed`,
    );
  }
  const [, sign, number = '', binary, exponent, decimal] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const [numerator, denominator] =
    exponent === undefined ? (SCALES[binary ?? decimal ?? ''] ?? [1n, 1n]) : powerOfTen(Number(exponent));
  const unit = denominator * 10n ** BigInt(fraction.length);
  const size = BigInt(whole + fraction) * numerator;
  const capped = binary !== undefined && size > MAX_BINARY * unit ? MAX_BINARY * unit : size;
  const milli = (capped * 1000n + unit - 1n) / unit;
  return sign === '-' ? -milli : milli;
}

function powerOfTen(exponent: number): readonly [bigint, bigint] {
  return exponent < 0 ? [1n, 10n ** BigInt(-exponent)] : [10n ** BigInt(exponent), 1n];
}
