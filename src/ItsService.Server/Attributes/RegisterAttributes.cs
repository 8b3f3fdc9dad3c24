using ItsService.Core;
using ItsService.Core.Userspace;
using ItsService.Server.Errors;

namespace ItsService.Server.Attributes;

/// <summary>The groups of registers: DIST_REGS, REDIST_REGS, CPU_SYSREGS, LEVEL_INFO and ITS_REGS.</summary>
internal static class RegisterAttributes
{
    /// <summary>Whether there is such a register.</summary>
    public static AttributeAnswer Find(VirtualGic gic, AttributePlace place) =>
        Answer(place, FindIn(gic, place), isAboutAttr: true);

    /// <summary>Reads it.</summary>
    public static AttributeAnswer Get(VirtualGic gic, AttributePlace place)
    {
        var result = Read(gic, place);
        return NotPlaced(gic, place, result) ?? Answer(place, result, isAboutAttr: true);
    }

    /// <summary>Writes it.</summary>
    public static AttributeAnswer Set(VirtualGic gic, AttributePlace place, ulong value)
    {
        var result = Write(gic, place, value);
        // What cannot be read either is wrong whatever the value.
        var isAboutAttr = result.Error != UserspaceError.Invalid || Read(gic, place).Error == UserspaceError.Invalid;
        return NotPlaced(gic, place, result) ?? Answer(place, result, isAboutAttr);
    }

    private static UserspaceResult FindIn(VirtualGic gic, AttributePlace place) => place.Group switch
    {
        AttributeGroup.DistributorRegisters => GicUserspace.FindDistributorRegister(place.Offset),
        AttributeGroup.RedistributorRegisters => GicUserspace.FindRedistributorRegister(place.Offset),
        AttributeGroup.SystemRegisters => GicUserspace.FindSystemRegister(place.SystemRegister),
        AttributeGroup.LineLevels => GicUserspace.FindLineLevels(place.Offset),
        _ => gic.Userspace.FindItsRegister(place.ItsNumber, (long)place.Attr),
    };

    private static UserspaceResult Read(VirtualGic gic, AttributePlace place) => place.Group switch
    {
        AttributeGroup.DistributorRegisters => gic.Userspace.ReadDistributorRegister(place.Offset),
        AttributeGroup.RedistributorRegisters => gic.Userspace.ReadRedistributorRegister(place.Vcpu, place.Offset),
        AttributeGroup.SystemRegisters => gic.Userspace.ReadSystemRegister(place.Vcpu, place.SystemRegister),
        AttributeGroup.LineLevels => gic.Userspace.ReadLineLevels(place.Vcpu, place.Offset),
        _ => gic.Userspace.ReadItsRegister(place.ItsNumber, (long)place.Attr),
    };

    private static UserspaceResult Write(VirtualGic gic, AttributePlace place, ulong value) => place.Group switch
    {
        AttributeGroup.DistributorRegisters =>
            gic.Userspace.WriteDistributorRegister(place.Offset, (uint)value),
        AttributeGroup.RedistributorRegisters =>
            gic.Userspace.WriteRedistributorRegister(place.Vcpu, place.Offset, (uint)value),
        AttributeGroup.SystemRegisters =>
            gic.Userspace.WriteSystemRegister(place.Vcpu, place.SystemRegister, value),
        AttributeGroup.LineLevels =>
            gic.Userspace.WriteLineLevels(place.Vcpu, place.Offset, (uint)value),
        _ => gic.Userspace.WriteItsRegister(place.ItsNumber, (long)place.Attr, value),
    };

    /// <summary>An ITS without a place has no registers, whichever is asked for.</summary>
    private static AttributeAnswer? NotPlaced(VirtualGic gic, AttributePlace place, UserspaceResult result) =>
        result.Error == UserspaceError.NoSuchRegister
        && place.Its is { } its
        && gic.Layout.ItsBases.ElementAtOrDefault(its) is null
            ? AttributeAnswer.Refused(
                new Problem(V1.ErrorReason.FrameNotPlaced, AttributeReader.AttrField, result.Message ?? "")
                {
                    Accepted = "any, once ADDR has set the ITS's place",
                    Errno = Errno.NoSuchRegister,
                })
            : null;

    private static AttributeAnswer Answer(AttributePlace place, UserspaceResult result, bool isAboutAttr)
    {
        var message = result.Message ?? "";
        return result.Error switch
        {
            UserspaceError.None => AttributeAnswer.Done(result.Value),
            UserspaceError.Running => AttributeAnswer.Running(message),
            UserspaceError.NoSuchRegister => AttributeAnswer.Unknown(message, RegistersOf(place.Group)),
            _ => AttributeAnswer.Refused(InvalidOf(place, result, isAboutAttr) with
            {
                Accepted = result.Accepted ?? "",
                Errno = Errno.InvalidValue,
            }),
        };
    }

    private static string RegistersOf(AttributeGroup group) => group switch
    {
        AttributeGroup.DistributorRegisters => "the offset of a GICD register of 32 bits in bits [31:0]",
        AttributeGroup.RedistributorRegisters => "the offset of a GICR register of 32 bits in bits [31:0]",
        AttributeGroup.SystemRegisters => "the encoding of an ICC register that holds state in bits [15:0]",
        AttributeGroup.LineLevels => "0, the lines, in bits [31:10]",
        _ => "the offset of GITS_CTLR, GITS_IIDR, GITS_TYPER, GITS_CBASER, GITS_CWRITER, GITS_CREADR, GITS_BASERn or "
            + "an identification register",
    };

    private static Problem InvalidOf(AttributePlace place, UserspaceResult result, bool isAboutAttr)
    {
        var message = result.Message ?? "";
        return !isAboutAttr ? new Problem(V1.ErrorReason.OutOfRange, "value", message)
            : place.Group == AttributeGroup.ItsRegisters || result.IsMisaligned
                ? new Problem(V1.ErrorReason.Misaligned, AttributeReader.AttrField, message)
                : new Problem(V1.ErrorReason.OutOfRange, AttributeReader.AttrField, message);
    }
}
