/* narrow.h: what numbers.h and real.h add for operators that define NARROW: BODY for int8 and int16, the variants
 * behind those that they have. For values that are only compared: WRAP leaves them alone. */
#define WHOLE 1
#define WRAP(x) (x)
#define REAL int8_t
#define TYPED(name) name##_i8
#include BODY
#undef REAL
#undef TYPED

#define REAL int16_t
#define TYPED(name) name##_i16
#include BODY
#undef REAL
#undef TYPED
#undef WHOLE
#undef WRAP
