"""From written code to functions that Python can call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import binding, ir

WIDE_REGISTERS = 32  # AVX-512: 32 registers of 16 floats
NARROW_REGISTERS = 8  # AVX2: 16 of 8 floats; NEON: 32 of 4
ARM = "aarch64", "arm64"
ANY = "x86-64-v3"
"""The processor that code is written for in tests: every x86 with AVX2, none with AVX-512."""

KINDS: dict[type, Any] = {
    ir.PointerType: ctypes.c_void_p,
    ir.FloatType: ctypes.c_float,
    ir.IntType: ctypes.c_int64,
}


@cache
def registers() -> int | None:
    """Return how many vectors of 16 floats the registers hold; None without fused products."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return WIDE_REGISTERS
    has_fused = features.get("fma") or binding.get_default_triple().startswith(ARM)
    return NARROW_REGISTERS if has_fused else None


class Compiled:
    """Machine code of a module; it lives as long as this object."""

    def __init__(self, module: ir.Module, *, processor: str | None = None) -> None:
        """Compile for this machine's processor, or for another one that it can stand for."""
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        machine = binding.Target.from_default_triple().create_target_machine(
            cpu=processor or binding.get_host_cpu_name(),
            features="" if processor else binding.get_host_cpu_features().flatten(),
            opt=2,
            jit=True,
        )
        parsed = binding.parse_assembly(str(module))
        parsed.verify()
        # Only this: variables into registers. What more passes do takes longer than it saves.
        passes = binding.create_new_module_pass_manager()
        passes.add_sroa_pass()
        passes.add_instruction_combine_pass()
        passes.run(
            parsed, binding.create_pass_builder(machine, binding.create_pipeline_tuning_options())
        )
        self._engine = binding.create_mcjit_compiler(parsed, machine)
        self._engine.finalize_object()
        self.functions: dict[str, Callable[..., None]] = {
            each.name: ctypes.CFUNCTYPE(None, *(KINDS[type(given.type)] for given in each.args))(
                self._engine.get_function_address(each.name)
            )
            for each in module.functions
            if not each.is_declaration
        }
