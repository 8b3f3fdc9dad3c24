using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// Where the engine calls in. An exception that left one of these would end the process, so each is caught and handed
/// to the client, which ends the run at the next block.
/// </summary>
internal static unsafe class EngineCallbacks
{
    public static void* Block => (delegate* unmanaged[Cdecl]<nint, ulong, uint, nint, void>)&OnBlock;

    public static void* Interrupt => (delegate* unmanaged[Cdecl]<nint, uint, nint, void>)&OnInterrupt;

    public static void* Read => (delegate* unmanaged[Cdecl]<nint, int, nint, nint, uint>)&OnSystemRegisterRead;

    public static void* Write => (delegate* unmanaged[Cdecl]<nint, int, nint, nint, uint>)&OnSystemRegisterWrite;

    public static void* System => (delegate* unmanaged[Cdecl]<nint, int, nint, nint, uint>)&OnSystemInstruction;

    public static void* Protection =>
        (delegate* unmanaged[Cdecl]<nint, int, ulong, int, long, nint, byte>)&OnProtection;

    public static void* MmioRead => (delegate* unmanaged[Cdecl]<nint, ulong, uint, nint, ulong>)&OnMmioRead;

    public static void* MmioWrite => (delegate* unmanaged[Cdecl]<nint, ulong, uint, ulong, nint, void>)&OnMmioWrite;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnBlock(nint engine, ulong address, uint size, nint user)
    {
        var client = Target<IEngineClient>(user);
        try
        {
            client.BlockEntered();
        }
        catch (Exception problem)
        {
            client.Failed(problem);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnInterrupt(nint engine, uint number, nint user)
    {
        var client = Target<IEngineClient>(user);
        try
        {
            client.ExceptionTaken((EngineInterrupt)number);
        }
        catch (Exception problem)
        {
            client.Failed(problem);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint OnSystemRegisterRead(nint engine, int register, nint operands, nint user)
    {
        var client = Target<IEngineClient>(user);
        try
        {
            var encoding = ((SystemRegisterOperands*)operands)->Encoding;
            return client.ReadsSystemRegister(encoding, (EngineRegister)register) ? 1u : 0;
        }
        catch (Exception problem)
        {
            client.Failed(problem);
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint OnSystemRegisterWrite(nint engine, int register, nint operands, nint user)
    {
        var client = Target<IEngineClient>(user);
        try
        {
            var given = (SystemRegisterOperands*)operands;
            // For the zero register the engine has the stack pointer there.
            var value = (EngineRegister)register == EngineRegister.Xzr ? 0 : given->Value;
            return client.WritesSystemRegister(given->Encoding, value) ? 1u : 0;
        }
        catch (Exception problem)
        {
            client.Failed(problem);
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint OnSystemInstruction(nint engine, int register, nint operands, nint user)
    {
        var client = Target<IEngineClient>(user);
        try
        {
            client.SystemInstruction(((SystemRegisterOperands*)operands)->Encoding);
        }
        catch (Exception problem)
        {
            client.Failed(problem);
        }

        return 0;
    }

    // The engine judges permissions by a map in which virtual addresses are looked up as if they were physical
    // (EngineAddressSpace): what it finds wrong there means nothing.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnProtection(nint engine, int kind, ulong address, int size, long value, nint user) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong OnMmioRead(nint engine, ulong offset, uint size, nint user)
    {
        var window = Target<MmioWindow>(user);
        try
        {
            return window.Device.Read(offset, (int)size);
        }
        catch (Exception problem)
        {
            window.Client.Failed(problem);
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMmioWrite(nint engine, ulong offset, uint size, ulong value, nint user)
    {
        var window = Target<MmioWindow>(user);
        try
        {
            window.Device.Write(offset, (int)size, value);
        }
        catch (Exception problem)
        {
            window.Client.Failed(problem);
        }
    }

    private static T Target<T>(nint handle)
        where T : class => Unsafe.As<T>(GCHandle.FromIntPtr(handle).Target!);
}
