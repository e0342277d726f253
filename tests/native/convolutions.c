/* convolutions.c: convolutions at random, in the ways the operators run them: on packed weights, depthwise, and by
 * runs. Every kernel set this processor has runs them, on operands that end where memory ends, or begin where it
 * begins. Integers must be those of a plain loop bit for bit, floats within what reordering can change; where a set
 * packs weights most convolutions of one group must not be refused. argv[1]: how many. Prints each set; 0, or 1. */
#define _DEFAULT_SOURCE
#include "convolution_int8.c" /* for run_i8() and run_f32(), below the operators */
#undef VALUE
#undef WEIGHT
#undef SUM
#undef TYPED
#undef TILE
#undef READY
#undef FINISH
#undef AS_SUMS
#include "convolution.c"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROOM = 1 << 18, MOST_OUTPUTS = 600 };
/* int8, int8 of a layer of dynamic range, whose results are floats, and float32. */
enum { INTEGERS, DYNAMIC, REALS, KINDS };

static const char *set;
static uint64_t state = 1;

static uint32_t draw(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* One of 1 to `most`, mostly a small one. */
static int32_t size(uint32_t most) { return 1 + (int32_t)draw(1 + draw(most)); }

/* `bytes` between two pages that nobody may touch, next to one of them. */
static void *fenced(size_t place, size_t bytes) {
    static uint8_t *places[5];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!places[place]) {
        uint8_t *p = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED || mprotect(p + page, ROOM, PROT_READ | PROT_WRITE))
            exit(2);
        places[place] = p + page;
    }
    if (bytes > ROOM)
        exit(3);
    return places[place] + (draw(2) ? ROOM - bytes : 0);
}

static void *bytes_at(size_t place, size_t count) {
    int8_t *p = fenced(place, count);
    for (size_t i = 0; i < count; i++)
        p[i] = (int8_t)(draw(4) ? draw(256) : draw(2) ? 0x80 : 0x7F);
    return p;
}

static void *reals_at(size_t place, size_t count) {
    float *p = fenced(place, count * sizeof *p);
    for (size_t i = 0; i < count; i++)
        p[i] = (float)((int32_t)draw(2001) - 1000) / 256.0f;
    return p;
}

/* One group, or each channel its own, now and then with two outputs; 1-D to 3-D. */
static void shape(edsc_convolution *v) {
    const unsigned first = draw(3);
    memset(v, 0, sizeof *v);
    v->n = (size_t)size(2);
    v->pixels = v->group_c = v->groups = 1;
    if (draw(2)) {
        v->c = v->group_c = (size_t)size(draw(8) ? 20 : 150);
        v->o = (size_t)size(40);
    } else {
        v->c = v->groups = draw(3) ? (size_t)size(70) : 1 + draw(300);
        v->o = draw(8) ? v->c : 2 * v->c;
    }
    v->taps = v->group_c;
    for (unsigned i = 0; i < 3; i++) {
        edsc_axis *a = v->axis + i;
        *a = (edsc_axis){size(i < 2 ? 8 : draw(2) ? 16 : 90), 1, size(i ? 4 : 2), size(3), size(3), 0};
        if (v->groups > 1 && !draw(3)) /* more taps than the depthwise way takes, or nearly as many */
            a->kernel = size(i < 2 ? 7 : 150);
        if (i < first)
            a->size = a->kernel = 1;
        const int32_t extent = (a->kernel - 1) * a->dilation + 1;
        a->pad = i < first ? 0 : (int32_t)draw(i == 2 && !draw(8) ? 90 : (uint32_t)extent + 1); /* may see nothing */
        const int32_t room = a->size + 2 * a->pad - extent;
        a->out = room < 0 ? 1 : room / a->stride + 1;
        v->sizes[i] = (size_t)a->size;
        v->outs[i] = a->out;
        v->taps *= (size_t)a->kernel;
        v->pixels *= (size_t)a->out;
    }
}

/* The place in x of channel 0 that a pixel sees with a tap, or -1. */
static ptrdiff_t seen(const edsc_convolution *v, size_t pixel, size_t tap) {
    const size_t h = (size_t)v->outs[1], w = (size_t)v->outs[2], in_sample = pixel % v->pixels;
    const size_t kh = (size_t)v->axis[1].kernel, kw = (size_t)v->axis[2].kernel;
    const int32_t out[3] = {(int32_t)(in_sample / w / h), (int32_t)(in_sample / w % h), (int32_t)(in_sample % w)};
    const int32_t taps[3] = {(int32_t)(tap / kw / kh), (int32_t)(tap / kw % kh), (int32_t)(tap % kw)};
    size_t at = pixel / v->pixels;
    for (unsigned i = 0; i < 3; i++) {
        int32_t from = out[i] * v->axis[i].stride - v->axis[i].pad + taps[i] * v->axis[i].dilation;
        if (from < 0 || from >= v->axis[i].size)
            return -1;
        at = at * v->sizes[i] + (size_t)from;
    }
    return (ptrdiff_t)(at * v->c);
}

/* Sums of a pixel, of integers exact ones, and the sizes of what they are made of. */
static void add_up(const edsc_convolution *v, int kind, size_t pixel, double *sum, double *whole) {
    const size_t kernel = v->taps / v->group_c;
    for (size_t j = 0; j < v->o; j++) {
        sum[j] = !v->b ? 0 : kind == REALS ? (double)((const float *)v->b)[j] : ((const int32_t *)v->b)[j];
        whole[j] = fabs(sum[j]);
    }
    for (size_t k = 0; k < kernel; k++) {
        const ptrdiff_t from = seen(v, pixel, k);
        for (size_t j = 0; from >= 0 && j < v->o; j++) {
            const size_t x = (size_t)from + j / (v->o / v->groups) * v->group_c, w = (j * kernel + k) * v->group_c;
            for (size_t i = 0; i < v->group_c; i++) {
                double product = kind == REALS ? (double)((const float *)v->x)[x + i] * ((const float *)v->w)[w + i]
                                               : (((const int8_t *)v->x)[x + i] - v->x_zero) *
                                                     (((const int8_t *)v->w)[w + i] - v->w_zero);
                sum[j] += product;
                whole[j] += fabs(product);
            }
        }
    }
}

static void differ(const edsc_convolution *v, int kind, size_t at) {
    static const char *const names[] = {"int8", "dynamic range", "float32"};
    fprintf(stderr, "%s: %s of groups %zu, c %zu, o %zu, n %zu at %zu;", set, names[kind], v->groups, v->c, v->o, v->n,
            at);
    for (const edsc_axis *a = v->axis; a < v->axis + 3; a++)
        fprintf(stderr, " %d to %d by %d, stride %d, dilation %d, pad %d;", a->size, a->out, a->kernel, a->stride,
                a->dilation, a->pad);
    fputc('\n', stderr);
    exit(1);
}

static void compare(const edsc_convolution *v, int kind) {
    const edsc_real_sums *r = v->real;
    double sum[MOST_OUTPUTS], whole[MOST_OUTPUTS];
    for (size_t pixel = 0, at = 0; pixel < v->n * v->pixels; pixel++) {
        add_up(v, kind, pixel, sum, whole);
        for (size_t j = 0; j < v->o; j++, at++) {
            const float multiplier = kind == REALS ? 1 : ((const float *)v->multiplier)[j];
            double found = kind == INTEGERS ? ((int8_t *)v->y)[at] : (double)((float *)v->y)[at], wanted = sum[j];
            double lo = v->real_lo, hi = v->real_hi, off = 1e-5 * whole[j];
            if (kind == INTEGERS) {
                lo = v->lo;
                hi = v->hi;
                off = 0;
                wanted = edsc_requantize((int32_t)sum[j], multiplier, v->y_zero, v->lo, v->hi);
            } else if (kind == DYNAMIC) {
                lo = r->lo;
                hi = r->hi;
                wanted = sum[j] * r->step * multiplier + (r->b ? r->b[j] : 0);
                off = 1e-6 * (fabs(sum[j] * r->step * multiplier) + fabs(wanted));
            }
            wanted = wanted < lo ? lo : wanted > hi ? hi : wanted;
            if (!(fabs(wanted - found) <= off))
                differ(v, kind, at);
        }
    }
}

/* Runs and compares one; whether that was on packed weights. */
static int run(edsc_convolution v, int kind) {
    v.n = kind == DYNAMIC ? 1 : v.n;
    const size_t values = v.n * v.sizes[0] * v.sizes[1] * v.sizes[2] * v.c, made = v.n * v.pixels * v.o;
    v.x = (kind == REALS ? reals_at : bytes_at)(0, values);
    v.w = (kind == REALS ? reals_at : bytes_at)(1, v.o * v.taps);
    float *b = draw(2) ? reals_at(2, v.o) : NULL, *multiplier = reals_at(3, v.o);
    for (size_t j = 0; j < v.o; j++)
        multiplier[j] = (float)(1 + draw(1000)) / 100000.0f;
    v.real_lo = draw(2) ? -INFINITY : -3.0;
    v.real_hi = draw(2) ? INFINITY : 6.0;
    const edsc_real_sums real = {
        fenced(4, made * sizeof(float)), b, 0.25f, (float)v.real_lo, (float)v.real_hi, (int)draw(2)};
    v.y = real.y;
    v.b = b;
    if (kind != REALS) {
        v.multiplier = multiplier;
        v.x_zero = draw(2) ? -128 : draw(2) ? 127 : (int32_t)draw(256) - 128;
        v.real = kind == DYNAMIC ? &real : NULL;
        v.b = NULL;
    }
    if (kind == INTEGERS) {
        int32_t *biases = fenced(2, v.o * sizeof *biases);
        for (size_t j = 0; j < v.o; j++)
            biases[j] = (int32_t)draw(20000) - 10000;
        v.b = biases;
        v.y = fenced(4, made);
        v.w_zero = draw(8) ? 0 : (int32_t)draw(256) - 128;
        v.y_zero = (int32_t)draw(256) - 128;
        v.lo = draw(2) ? -128 : v.y_zero;
        v.hi = 127;
    }
    int packed = 0;
#ifdef EDSC_HAS_PACKED
    packed =
        kind != DYNAMIC && edsc_convolve_packed(&v, kind == REALS ? EDSC_KERNEL(packed_f32) : EDSC_KERNEL(packed_i8));
#endif
    if (!packed)
        (kind == REALS ? run_f32 : run_i8)(&v);
    compare(&v, kind);
    return packed;
}

int main(int count, char **arguments) {
    const int cases = count == 2 ? atoi(arguments[1]) : 0;
    for (const char *const *name = edsc_kernel_names(); (set = *name) != NULL; name++) {
        int packed[KINDS] = {0}, packs = 0;
        if (edsc_use_kernels(set))
            continue;
        for (int i = 0; i < cases; i++) {
            edsc_convolution v;
            do
                shape(&v);
            while (v.n * v.pixels * v.o * v.taps > 200000 || v.n * v.sizes[0] * v.sizes[1] * v.sizes[2] * v.c > 50000 ||
                   v.o * v.taps > 60000 || v.n * v.pixels * v.o > 60000);
            for (int kind = 0; kind < KINDS; kind++)
                packed[kind] += run(v, kind);
        }
#ifdef EDSC_HAS_PACKED
        packs = EDSC_KERNEL(packed_i8) != NULL;
#endif
        if (packs && (packed[INTEGERS] < cases / 10 || packed[REALS] < cases / 10)) {
            fprintf(stderr, "%s: packs for %d of int8 and %d of float32 only, of %d\n", set, packed[INTEGERS],
                    packed[REALS], cases);
            return 1;
        }
        puts(set);
    }
    return 0;
}
