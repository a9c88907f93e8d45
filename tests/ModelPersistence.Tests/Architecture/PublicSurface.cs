using System.Reflection;
using System.Text;

namespace ModelPersistence.Tests.Architecture;

/// <summary>Prints what an assembly shows to its users, one line a member, in a stable order.</summary>
internal static class PublicSurface
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Of(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (var type in assembly.GetExportedTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Describe(type)).Append('\n');
            foreach (var member in Members(type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                text.Append("  ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Describe(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type.IsValueType ? "struct" : "class";
        var modifier = kind != "class" ? "" : type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var parents = (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && kind != "delegate" ? new[] { NameOf(parent) } : [])
            .Concat(kind == "enum" ? [] : type.GetInterfaces().Except(inherited).Where(static face => face.IsPublic || face.IsNestedPublic).Select(NameOf).Order(StringComparer.Ordinal));
        return $"{modifier}{kind} {type.Namespace}.{NameOf(type)}{string.Join(", ", parents) switch { "" => "", var names => " : " + names }}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), System.Globalization.CultureInfo.InvariantCulture)}");
        }

        return type.GetMembers(All).Select(static member => member switch
        {
            ConstructorInfo { IsStatic: false } constructor when IsVisible(constructor) => $"{Access(constructor)}.ctor({Parameters(constructor)})",
            MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                $"{Access(method)}{Returned(method)} {method.Name}{Generic(method)}({Parameters(method)})",
            PropertyInfo property when Accessors(property).Any(IsVisible) => Describe(property),
            FieldInfo field when field.IsPublic || field.IsFamily =>
                $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{NameOf(field.FieldType, Nullability.Create(field))} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
            EventInfo { AddMethod.IsPublic: true } happening => $"event {NameOf(happening.EventHandlerType!)} {happening.Name}",
            _ => "",
        }).Where(static line => line.Length > 0);
    }

    private static string Describe(PropertyInfo property)
    {
        var first = Accessors(property).First(IsVisible);
        var setter = property.SetMethod is { } set && IsVisible(set)
            ? set.ReturnParameter.GetRequiredCustomModifiers().Any(static modifier => modifier.Name == "IsExternalInit") ? " init;" : " set;"
            : "";
        var required = property.GetCustomAttributes().Any(static attribute => attribute.GetType().Name == "RequiredMemberAttribute") ? "required " : "";
        var indexed = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        return $"{Access(first)}{required}{NameOf(property.PropertyType, Nullability.Create(property))} {property.Name}{indexed} {{{(property.GetMethod is { } get && IsVisible(get) ? " get;" : "")}{setter} }}";
    }

    private static IEnumerable<MethodInfo> Accessors(PropertyInfo property) =>
        new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>();

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) =>
        $"{(method.IsPublic ? "" : "protected ")}{(method.IsStatic ? "static " : method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : "")}";

    private static string Returned(MethodInfo method) => NameOf(method.ReturnType, Nullability.Create(method.ReturnParameter));

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(static argument => argument.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var passed = parameter.IsOut ? "out " : parameter.IsIn && type.IsByRef ? "in " : type.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        return $"{passed}{NameOf(type, Nullability.Create(parameter))} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}";
    }

    private static string NameOf(Type type) => NameOf(type, null);

    private static string NameOf(Type type, NullabilityInfo? nullability)
    {
        var mark = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsByRef)
        {
            return NameOf(type.GetElementType()!, nullability?.ElementType ?? nullability);
        }

        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return NameOf(underlying, null) + "?";
        }

        var outer = type.IsNested && !type.IsGenericParameter ? NameOf(type.DeclaringType!, null) + "." : "";
        if (!type.IsGenericType)
        {
            return outer + type.Name + mark;
        }

        var arguments = type.GetGenericArguments();
        var known = nullability?.GenericTypeArguments is { } given && given.Length == arguments.Length ? given : null;
        return $"{outer}{type.Name.Split('`')[0]}<{string.Join(", ", arguments.Select((argument, i) => NameOf(argument, known?[i])))}>{mark}";
    }
}
