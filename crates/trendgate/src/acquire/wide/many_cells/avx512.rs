//! The cells of a line, with AVX-512: where they begin, 64 bytes at a time, and their numbers, eight cells at a time.
//!
//! Commas and quotes become bitmasks of a block of 64 bytes, and the commas outside of quotes the places of cells. Eight cells are then
//! spread over the eight lanes of a vector, each with its last byte in the highest place, by one permutation of the 128 bytes that begin
//! with the first of them. Digits become integers as [`WrittenNumber`](super::super::written::WrittenNumber) does it, and these are divided
//! by powers of ten: both are exact in an `f64`, so the quotient is the nearest one.
//!
//! What enters is any line; what leaves are the cells of those in which quotes stand around cells alone, and the numbers of those cells that
//! are no more than 15 bytes: a minus or none, digits, a point or none; with blanks in front, no more than eight. All else is left to who
//! reads cells one by one.

#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a line are below 2^32 and lanes below 8"
)]

use super::LANES;
use crate::acquire::lines::MARGIN;
use archmage::{X64V4xToken, arcane, rite};
use std::arch::x86_64::{__m512d, __m512i};

/// Bytes of a vector.
const BLOCK: usize = 64;
/// Bytes that a permutation takes its bytes from.
const WINDOW: usize = 2 * BLOCK;
const _: () = assert!(WINDOW <= MARGIN);
/// Places of cells that are written at a time.
const PLACES: usize = 16;

/// Writes to `starts` where the cells of a line begin, from the byte `from` on, and where one more would, and counts them. The line is the first
/// `length` bytes of `text`, behind which there are [`MARGIN`] others. `None` where a quote stands elsewhere than on both sides of a cell.
#[arcane(import_intrinsics)]
pub(super) fn split(
    _token: X64V4xToken,
    text: &[u8],
    length: usize,
    from: usize,
    starts: &mut Vec<u32>,
) -> Option<usize> {
    let cells = length.checked_sub(from)?;
    let text = text.get(from..length + MARGIN)?;
    // Every byte may be a comma.
    let most = 1 + cells + BLOCK + PLACES;
    if starts.len() < most {
        starts.resize(most, 0);
    }
    *starts.first_mut()? = from as u32;
    let commas = _mm512_set1_epi8(b','.cast_signed());
    let quotes = _mm512_set1_epi8(b'"'.cast_signed());
    let in_order = _mm512_loadu_epi8(&IN_ORDER);
    let (mut at, mut count) = (0, 0);
    // Of the last byte: whether it was within quotes, in all bits; whether a cell begins behind it; whether it ended a cell's quotes.
    let (mut within, mut begins, mut closed) = (0_u64, 1_u64, 0_u64);
    loop {
        let bytes = _mm512_loadu_epi8(text.get(at..)?.first_chunk::<BLOCK>()?);
        let mut quote = _mm512_cmpeq_epi8_mask(bytes, quotes);
        let mut comma = _mm512_cmpeq_epi8_mask(bytes, commas);
        let rest = cells - at;
        let is_last = rest < BLOCK;
        if is_last {
            // The end of the line ends a cell as a comma does.
            let end = 1 << rest;
            quote &= end - 1;
            comma = comma & (end - 1) | end;
        }
        if quote | within != 0 {
            // Each bit is the sum of those up to it: whether a quote is open.
            let quote_bits = _mm_cvtsi64_si128(quote.cast_signed());
            let sums = _mm_clmulepi64_si128(quote_bits, _mm_set1_epi8(-1), 0);
            let inside = _mm_cvtsi128_si64(sums).cast_unsigned() ^ within;
            comma &= !inside;
            let (opening, closing) = (quote & inside, quote & !inside);
            let stray = opening & !(comma << 1 | begins) | (closing << 1 | closed) & !comma;
            if stray != 0 {
                return None;
            }
            within = (inside.cast_signed() >> 63).cast_unsigned();
            closed = closing >> 63;
        } else if closed & !comma != 0 {
            return None;
        } else {
            closed = 0;
        }
        begins = comma >> 63;
        let found = comma.count_ones() as usize;
        let mut places = _mm512_maskz_compress_epi8(comma, in_order);
        let behind = _mm512_set1_epi32((from + at + 1) as i32);
        let mut written = 0;
        loop {
            let next = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
            let place = starts.get_mut(count + 1 + written..)?.first_chunk_mut()?;
            _mm512_storeu_epi32::<[u32; PLACES]>(place, _mm512_add_epi32(next, behind));
            written += PLACES;
            if written >= found {
                break;
            }
            places = _mm512_alignr_epi32(places, places, 4);
        }
        count += found;
        if is_last {
            return (within == 0).then_some(count);
        }
        at += BLOCK;
    }
}

/// The bytes 0 to 63.
const IN_ORDER: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        places[at] = at as u8;
        at += 1;
    }
    places
};

/// Writes to `values` the numbers of the first `cells` cells of a line, which begin at `starts`, and to `odd` the places of those that are to
/// be read otherwise, whose values are NaN; it counts these. `values` and `odd` have room for [`LANES`] more, and behind the line there are
/// [`MARGIN`] bytes more of `text`.
#[arcane(import_intrinsics)]
pub(super) fn numbers(
    _token: X64V4xToken,
    text: &[u8],
    starts: &[u32],
    cells: usize,
    values: &mut [f64],
    odd: &mut [u32],
) -> Option<usize> {
    let (mut at, mut odds) = (0, 0);
    // The last lane has where the next cell begins.
    let mut before = _mm512_set1_epi64(i64::from(*starts.first()?));
    while at < cells {
        let base = *starts.get(at)? as usize;
        let (low, high) = text.get(base..)?.first_chunk::<WINDOW>()?.split_at(BLOCK);
        let window = [
            _mm512_loadu_epi8(low.first_chunk::<BLOCK>()?),
            _mm512_loadu_epi8(high.first_chunk::<BLOCK>()?),
        ];
        let next = starts.get(at + 1..)?.first_chunk::<LANES>()?;
        let next = _mm512_cvtepu32_epi64(_mm256_loadu_epi32(next));
        let start = _mm512_alignr_epi64(next, before, 7);
        before = next;
        let base = _mm512_set1_epi64(base as i64);
        let start = _mm512_sub_epi64(start, base);
        let end = _mm512_sub_epi64(_mm512_sub_epi64(next, base), _mm512_set1_epi64(1));
        let fits = _mm512_cmple_epu64_mask(end, _mm512_set1_epi64(WINDOW as i64));
        // All eight, as it nearly always is; or as many as the line has and the window holds, and one at least.
        let taken = match fits == 0xff && cells - at >= LANES {
            true => LANES,
            false => {
                let taken = (fits.trailing_ones() as usize).clamp(1, cells - at);
                before = _mm512_set1_epi64(i64::from(*starts.get(at + taken)?));
                taken
            }
        };
        let (value, read) = read(window, fits, start, end);
        let value = _mm512_mask_blend_pd(read, _mm512_set1_pd(f64::NAN), value);
        _mm512_storeu_pd(values.get_mut(at..)?.first_chunk_mut::<LANES>()?, value);
        let unread = _bzhi_u32(u32::from(!read), taken as u32) as u8;
        let places = _mm256_add_epi32(
            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
            _mm256_set1_epi32(at as i32),
        );
        let place = odd.get_mut(odds..)?.first_chunk_mut::<LANES>()?;
        _mm256_storeu_epi32(place, _mm256_maskz_compress_epi32(unread, places));
        odds += unread.count_ones() as usize;
        at += taken;
    }
    Some(odds)
}

/// The numbers of cells between `start` and `end` of a window, of those that it holds (`fits`), and which of them are numbers.
#[rite(v4x, import_intrinsics)]
fn read(window: [__m512i; 2], fits: u8, start: __m512i, end: __m512i) -> (__m512d, u8) {
    let one = _mm512_set1_epi64(1);
    let first = _mm512_permutex2var_epi8(window[0], start, window[1]);
    let quoted = _mm512_cmpeq_epi64_mask(
        _mm512_and_si512(first, _mm512_set1_epi64(0xff)),
        _mm512_set1_epi64(i64::from(b'"')),
    );
    let start = _mm512_mask_add_epi64(start, quoted, start, one);
    let end = _mm512_mask_sub_epi64(end, quoted, end, one);
    // An empty cell is one that is too long.
    let length = _mm512_sub_epi64(_mm512_sub_epi64(end, start), one);
    let eight = _mm512_mask_cmplt_epu64_mask(fits, length, _mm512_set1_epi64(8));
    let more = _mm512_mask_cmplt_epu64_mask(fits, length, _mm512_set1_epi64(15)) & !eight;
    // The lowest byte of each lane in all of its bytes.
    let lowest = _mm512_set4_epi32(0x0808_0808, 0x0808_0808, 0, 0);
    let last = _mm512_set1_epi64(i64::from_le_bytes([248, 249, 250, 251, 252, 253, 254, 255]));
    let place = _mm512_add_epi8(_mm512_shuffle_epi8(end, lowest), last);
    let mut begin = _mm512_shuffle_epi8(start, lowest);
    let mut tail = taken(window, place, begin);
    if tail.blanks != 0 {
        let first = _mm512_sub_epi64(end, _mm512_set1_epi64(8));
        let start = _mm512_mask_add_epi64(start, eight, first, before_text(&tail));
        begin = _mm512_shuffle_epi8(start, lowest);
        tail = taken(window, place, begin);
    }
    let (mut number, mut read) = (of_eight(&tail), eight);
    // Where the last eight bytes are part of a longer number.
    if more & number.is_one != 0 {
        let place = _mm512_sub_epi8(place, _mm512_set1_epi8(8));
        (number, read) = (
            of_fifteen(&taken(window, place, begin), &tail),
            eight | more,
        );
    }
    let value = _mm512_castpd_si512(_mm512_div_pd(
        _mm512_cvtepu64_pd(number.mantissa),
        number.scale,
    ));
    let sign = _mm512_set1_epi64(i64::MIN);
    let value = _mm512_mask_xor_epi64(value, number.negative, value, sign);
    (_mm512_castsi512_pd(value), read & number.is_one)
}

/// Eight bytes of the text of a cell in each lane.
struct Bytes {
    /// What they are above a zero; zeros stand for a minus at the front and for what is not of the cell.
    digits: __m512i,
    /// All bits of the bytes that are points.
    points: __m512i,
    /// Which bytes are of the cell and no blanks.
    text: u64,
    /// Which bytes are a blank at the front.
    blanks: u64,
    /// Which bytes are a minus at the front.
    minus: u64,
    /// Which bytes of the cell are no such minus, and no point.
    others: u64,
}

/// The bytes at `place`, as far as they are not before `start`.
#[rite(v4x, import_intrinsics)]
fn taken(window: [__m512i; 2], place: __m512i, start: __m512i) -> Bytes {
    let within = _mm512_cmpge_epi8_mask(place, start);
    let front = _mm512_cmpeq_epi8_mask(place, start);
    let text = _mm512_permutex2var_epi8(window[0], place, window[1]);
    let digits = _mm512_maskz_sub_epi8(within, text, _mm512_set1_epi8(b'0'.cast_signed()));
    let above_zero = |byte: u8| _mm512_set1_epi8(byte.wrapping_sub(b'0').cast_signed());
    let points = _mm512_cmpeq_epi8_mask(digits, above_zero(b'.'));
    let minus = _mm512_mask_cmpeq_epi8_mask(front, digits, above_zero(b'-'));
    Bytes {
        text: within & _mm512_cmpneq_epi8_mask(digits, above_zero(b' ')),
        blanks: _mm512_mask_cmpeq_epi8_mask(front, digits, above_zero(b' ')),
        digits: _mm512_maskz_mov_epi8(!minus, digits),
        points: _mm512_movm_epi8(points),
        minus,
        others: within & !(minus | points),
    }
}

/// How many bytes of the eight in each lane stand before the first one that is of the cell and no blank.
#[rite(v4x, import_intrinsics)]
fn before_text(bytes: &Bytes) -> __m512i {
    let text = _mm512_movm_epi8(bytes.text);
    let below = _mm512_andnot_si512(text, _mm512_sub_epi64(text, _mm512_set1_epi64(1)));
    _mm512_srli_epi64(_mm512_popcnt_epi64(below), 3)
}

/// What stands in each lane.
struct Numbers {
    /// All digits as one number.
    mantissa: __m512i,
    /// What it is to be divided by.
    scale: __m512d,
    negative: u8,
    /// Which lanes are numbers at all.
    is_one: u8,
}

/// Powers of ten by their exponents.
const TENS: [[f64; LANES]; 2] = [
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7],
    [1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15],
];

/// The numbers of at most eight bytes.
#[rite(v4x, import_intrinsics)]
fn of_eight(tail: &Bytes) -> Numbers {
    let (whole, fraction) = parted(tail);
    let pointed = _mm512_test_epi64_mask(tail.points, tail.points);
    let digits = _mm512_or_si512(fraction, _mm512_mask_slli_epi64(whole, pointed, whole, 8));
    let decimals = _mm512_srli_epi64(_mm512_lzcnt_epi64(tail.points), 3);
    Numbers {
        mantissa: integer(digits),
        // Where there is no point, decimals are eight, whose lower three bits are taken.
        scale: _mm512_permutexvar_pd(decimals, _mm512_loadu_pd(&TENS[0])),
        negative: lanes(tail.minus),
        is_one: are_digits(digits)
            & lanes(tail.others)
            & are_single(_mm512_popcnt_epi64(tail.points)),
    }
}

/// The numbers of at most fifteen bytes, of which `head` are those before the last eight.
#[rite(v4x, import_intrinsics)]
fn of_fifteen(head: &Bytes, tail: &Bytes) -> Numbers {
    let eight = _mm512_set1_epi64(8);
    let (whole, fraction) = parted(tail);
    let in_tail = _mm512_test_epi64_mask(tail.points, tail.points);
    // The last digit of the head moves up into the tail.
    let moved = _mm512_shldi_epi64(whole, head.digits, 8);
    let low = _mm512_or_si512(fraction, _mm512_mask_mov_epi64(whole, in_tail, moved));
    let (whole, fraction) = parted(head);
    let pointed = in_tail | _mm512_test_epi64_mask(head.points, head.points);
    let high = _mm512_or_si512(fraction, _mm512_mask_slli_epi64(whole, pointed, whole, 8));
    let points = _mm512_add_epi64(
        _mm512_popcnt_epi64(head.points),
        _mm512_popcnt_epi64(tail.points),
    );
    let behind = |points| _mm512_srli_epi64(_mm512_lzcnt_epi64(points), 3);
    // Where there is no point, decimals are sixteen, whose lower four bits are taken.
    let in_head = _mm512_add_epi64(behind(head.points), eight);
    let decimals = _mm512_mask_mov_epi64(in_head, in_tail, behind(tail.points));
    let upper = _mm512_mul_epu32(integer(high), _mm512_set1_epi64(100_000_000));
    Numbers {
        mantissa: _mm512_add_epi64(upper, integer(low)),
        scale: _mm512_permutex2var_pd(
            _mm512_loadu_pd(&TENS[0]),
            decimals,
            _mm512_loadu_pd(&TENS[1]),
        ),
        negative: lanes(head.minus) | lanes(tail.minus),
        is_one: are_digits(high)
            & are_digits(low)
            & (lanes(head.others) | lanes(tail.others))
            & are_single(points),
    }
}

/// The digits before the first point, all of them where there is none, and those behind it.
#[rite(v4x, import_intrinsics)]
fn parted(bytes: &Bytes) -> (__m512i, __m512i) {
    let before = _mm512_andnot_si512(
        bytes.points,
        _mm512_sub_epi64(bytes.points, _mm512_set1_epi64(1)),
    );
    let up_to = _mm512_or_si512(before, bytes.points);
    (
        _mm512_and_si512(bytes.digits, before),
        _mm512_andnot_si512(up_to, bytes.digits),
    )
}

/// The integer that eight digits in each lane are: neighbours become pairs, pairs fours, fours the number.
#[rite(v4x, import_intrinsics)]
fn integer(digits: __m512i) -> __m512i {
    let pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x01_0a));
    let fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x0001_0064));
    let high = _mm512_mul_epu32(fours, _mm512_set1_epi64(10_000));
    _mm512_add_epi64(high, _mm512_srli_epi64(fours, 32))
}

/// The lanes in which any of these bytes is.
#[rite(v4x, import_intrinsics)]
fn lanes(bytes: u64) -> u8 {
    let bytes = _mm512_movm_epi8(bytes);
    _mm512_test_epi64_mask(bytes, bytes)
}

/// The lanes that have digits alone.
#[rite(v4x, import_intrinsics)]
fn are_digits(digits: __m512i) -> u8 {
    let beyond = _mm512_subs_epu8(digits, _mm512_set1_epi8(9));
    _mm512_testn_epi64_mask(beyond, beyond)
}

/// The lanes with at most one point, of which these are the bits.
#[rite(v4x, import_intrinsics)]
fn are_single(bits: __m512i) -> u8 {
    _mm512_cmple_epu64_mask(bits, _mm512_set1_epi64(8))
}
