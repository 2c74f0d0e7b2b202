"""One loop written for the processor itself: Numba's own version of it spends its time on preparing."""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

WIDE = 8  # numbers at a time; where the processor has shorter registers, LLVM takes several
AT_ONCE = 4  # lines


@intrinsic
def add_lines(typingctx, sums, begin, lines, at, shift):
    """Add parts of lines to 8 numbers: ``sums[begin + c] += lines[at[i] + shift + c]`` for all i and c < 8.

    Parameters
    ----------
    sums, lines : ndarray of float64, (n,)
    begin, shift : int64
    at : ndarray of int64, (m,)
        m must be a multiple of 4. Nothing checks that the indices are inside.
    """
    signature = types.void(sums, types.int64, lines, at, types.int64)

    def generate(context, builder, signature, args):
        arrays = [context.make_array(signature.args[k])(context, builder, args[k]) for k in (0, 2, 3)]
        sums, lines, at = (array.data for array in arrays)
        begin, shift = args[1], args[4]
        vector = ir.VectorType(ir.DoubleType(), WIDE).as_pointer()
        step = ir.Constant(begin.type, AT_ONCE)

        def load(base, index):
            value = builder.load(builder.bitcast(builder.gep(base, [index]), vector))
            value.align = 8
            return value

        result = cgutils.alloca_once_value(builder, load(sums, begin))
        shifted = builder.gep(lines, [shift])
        length = cgutils.unpack_tuple(builder, arrays[2].shape)[0]
        with cgutils.for_range_slice(builder, ir.Constant(begin.type, 0), length, step) as (i, _):
            one, two, three, four = (
                load(shifted, builder.load(builder.gep(at, [builder.add(i, ir.Constant(i.type, k))])))
                for k in range(AT_ONCE)
            )
            added = builder.fadd(builder.fadd(one, two), builder.fadd(three, four))
            builder.store(builder.fadd(builder.load(result), added), result)
        store = builder.store(builder.load(result), builder.bitcast(builder.gep(sums, [begin]), vector))
        store.align = 8
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_scaled(typingctx, sums, begin, lines, shift, stride, scales):
    """Add parts of lines, each times a number, to 8 others.

    That is ``sums[begin + c] += scales[k] * lines[shift + k * stride + c]`` for all k and c < 8.

    Parameters
    ----------
    sums, lines, scales : ndarray of float64, (n,)
    begin, shift, stride : int64
        Nothing checks that the indices are inside.
    """
    signature = types.void(sums, types.int64, lines, types.int64, types.int64, scales)

    def generate(context, builder, signature, args):
        sums, lines, scales = (
            context.make_array(signature.args[k])(context, builder, args[k]) for k in (0, 2, 5)
        )
        begin, shift, stride = args[1], args[3], args[4]
        wide = ir.VectorType(ir.DoubleType(), WIDE)

        def place(array, index):
            return builder.bitcast(builder.gep(array.data, [index]), wide.as_pointer())

        def load(array, index):
            value = builder.load(place(array, index))
            value.align = 8
            return value

        result = cgutils.alloca_once_value(builder, load(sums, begin))
        nothing = ir.Constant(wide, ir.Undefined)
        same = ir.Constant(ir.VectorType(ir.IntType(32), WIDE), [0] * WIDE)
        with cgutils.for_range(builder, cgutils.unpack_tuple(builder, scales.shape)[0]) as loop:
            scale = builder.load(builder.gep(scales.data, [loop.index]))
            scale = builder.insert_element(nothing, scale, ir.Constant(ir.IntType(32), 0))
            scale = builder.shuffle_vector(scale, nothing, same)
            line = load(lines, builder.add(shift, builder.mul(loop.index, stride)))
            builder.store(builder.fadd(builder.load(result), builder.fmul(scale, line)), result)
        store = builder.store(builder.load(result), place(sums, begin))
        store.align = 8
        return context.get_dummy_value()

    return signature, generate
