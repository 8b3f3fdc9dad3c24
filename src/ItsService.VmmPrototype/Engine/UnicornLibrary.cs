using System.Runtime.InteropServices;

namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// The functions of the Unicorn engine that are used here. It is loaded at run time and no part of what is shipped:
/// its license is the GPL, and a machine without it can do everything else.
/// </summary>
internal sealed unsafe class UnicornLibrary
{
    public const string FileName = "libunicorn.so.2";
    public const string DebianPackage = "libunicorn2";

    private static readonly Lazy<UnicornLibrary> Loaded = new(() => new UnicornLibrary());

    public readonly delegate* unmanaged[Cdecl]<uint*, uint*, uint> Version;
    public readonly delegate* unmanaged[Cdecl]<int, int, nint*, int> Open;
    public readonly delegate* unmanaged[Cdecl]<nint, int> Close;
    public readonly delegate* unmanaged[Cdecl]<int, byte*> ErrorText;

    // uc_ctl and uc_hook_add are variadic. Where integer arguments of such functions travel as those of any other
    // (x86-64 and arm64 on Linux), they can be called as if they were not.
    public readonly delegate* unmanaged[Cdecl]<nint, uint, nuint, int> Control;
    public readonly delegate* unmanaged[Cdecl]<nint, nint*, int, void*, nint, ulong, ulong, int, int> AddHook;

    public readonly delegate* unmanaged[Cdecl]<nint, ulong, nuint, uint, void*, int> MapPointer;
    public readonly delegate* unmanaged[Cdecl]<nint, ulong, nuint, void*, nint, void*, nint, int> MapMmio;
    public readonly delegate* unmanaged[Cdecl]<nint, int, void*, int> ReadRegister;
    public readonly delegate* unmanaged[Cdecl]<nint, int, void*, int> WriteRegister;
    public readonly delegate* unmanaged[Cdecl]<nint, ulong, ulong, ulong, nuint, int> Start;
    public readonly delegate* unmanaged[Cdecl]<nint, int> Stop;
    public readonly delegate* unmanaged[Cdecl]<nint, nint*, int> AllocateContext;
    public readonly delegate* unmanaged[Cdecl]<nint, nint, int> SaveContext;
    public readonly delegate* unmanaged[Cdecl]<nint, nint, int> RestoreContext;
    public readonly delegate* unmanaged[Cdecl]<nint, int> FreeContext;

    private UnicornLibrary()
    {
        var library = LoadFile();
        Version = (delegate* unmanaged[Cdecl]<uint*, uint*, uint>)Function(library, "uc_version");
        Open = (delegate* unmanaged[Cdecl]<int, int, nint*, int>)Function(library, "uc_open");
        Close = (delegate* unmanaged[Cdecl]<nint, int>)Function(library, "uc_close");
        ErrorText = (delegate* unmanaged[Cdecl]<int, byte*>)Function(library, "uc_strerror");
        Control = (delegate* unmanaged[Cdecl]<nint, uint, nuint, int>)Function(library, "uc_ctl");
        AddHook = (delegate* unmanaged[Cdecl]<nint, nint*, int, void*, nint, ulong, ulong, int, int>)Function(
            library, "uc_hook_add");
        MapPointer = (delegate* unmanaged[Cdecl]<nint, ulong, nuint, uint, void*, int>)Function(
            library, "uc_mem_map_ptr");
        MapMmio = (delegate* unmanaged[Cdecl]<nint, ulong, nuint, void*, nint, void*, nint, int>)Function(
            library, "uc_mmio_map");
        ReadRegister = (delegate* unmanaged[Cdecl]<nint, int, void*, int>)Function(library, "uc_reg_read");
        WriteRegister = (delegate* unmanaged[Cdecl]<nint, int, void*, int>)Function(library, "uc_reg_write");
        Start = (delegate* unmanaged[Cdecl]<nint, ulong, ulong, ulong, nuint, int>)Function(library, "uc_emu_start");
        Stop = (delegate* unmanaged[Cdecl]<nint, int>)Function(library, "uc_emu_stop");
        AllocateContext = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Function(library, "uc_context_alloc");
        SaveContext = (delegate* unmanaged[Cdecl]<nint, nint, int>)Function(library, "uc_context_save");
        RestoreContext = (delegate* unmanaged[Cdecl]<nint, nint, int>)Function(library, "uc_context_restore");
        FreeContext = (delegate* unmanaged[Cdecl]<nint, int>)Function(library, "uc_context_free");
    }

    /// <summary>The library, loaded at the first use.</summary>
    /// <exception cref="EngineMissingException">It is not installed, or not the one that is meant.</exception>
    public static UnicornLibrary Instance => Loaded.Value;

    /// <summary>Throws what an error code says.</summary>
    public void Check(int error, string attempt)
    {
        if (error != 0)
        {
            var text = Marshal.PtrToStringUTF8((nint)ErrorText(error));
            throw new EngineException($"the engine cannot {attempt}: {text} (error {error})");
        }
    }

    private static nint LoadFile()
    {
        try
        {
            return NativeLibrary.Load(FileName);
        }
        catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
        {
            throw new EngineMissingException(
                $"{FileName}, the Unicorn engine that executes the guest's instructions, is not installed; "
                + $"on Debian: apt-get install {DebianPackage}",
                problem);
        }
    }

    private static nint Function(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out var address) ? address
            : throw new EngineMissingException(
                $"{FileName} has no function {name}: another version than that of Debian's {DebianPackage}");
}
