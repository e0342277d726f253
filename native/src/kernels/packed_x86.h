/* packed_x86.h: the loop of an edsc_packing for one type of values and one width of vectors.
 *
 * The including file defines NAME(part), TARGET, VALUE (of y), VECTOR (the sums of all lanes), AT(p), the vector at p,
 * ADD(sum, x, w), which adds the products of a step, END, what PUT(end, sum, y) needs to make y of a vector of sums,
 * and ENDING(v, j, n), which makes that. Optionally PLUS(a, b) and NONE: there are registers for sums of every
 * other step, which then need not wait for each other. */
TARGET static void NAME(run)(const edsc_convolution *v, const edsc_packed *p, const uint8_t *rows, const void *packed,
                             size_t j, size_t n, void *to, size_t pixels) {
    const VECTOR *start = packed;
    const size_t runs = p->runs, steps = p->steps, step = p->step, y_step = v->o;
    const END end = ENDING(v, j, n);
    const uint32_t *at = p->at;
    VALUE *y = to;
    for (;;) {
        const VECTOR *w = start + 1;
        VECTOR sum[8];
        EDSC_UNROLL
        for (size_t q = 0; q < 8; q++)
            sum[q] = AT(start);
#ifdef PLUS
        VECTOR odd[8];
        EDSC_UNROLL
        for (size_t q = 0; q < 8; q++)
            odd[q] = NONE;
#endif
        for (size_t r = 0; r < runs; r++) {
            const uint8_t *x = rows + at[r];
            for (size_t i = steps; i; i--, x += 4, w++) {
                VECTOR ws = AT(w);
                EDSC_UNROLL
                for (size_t q = 0; q < 8; q++)
                    ADD(sum[q], x + q * step, ws);
#ifdef PLUS
                if (!--i) {
                    w++;
                    break;
                }
                x += 4;
                ws = AT(++w);
                EDSC_UNROLL
                for (size_t q = 0; q < 8; q++)
                    ADD(odd[q], x + q * step, ws);
#endif
            }
        }
        VECTOR made[8]; /* in memory, unlike the sums */
        EDSC_UNROLL
        for (size_t q = 0; q < 8; q++)
#ifdef PLUS
            made[q] = PLUS(sum[q], odd[q]);
#else
            made[q] = sum[q];
#endif
        for (size_t q = 0; q < 8; q++, y += y_step) {
            PUT(&end, made[q], y);
            if (!--pixels)
                return;
        }
        rows += 8 * step;
    }
}
